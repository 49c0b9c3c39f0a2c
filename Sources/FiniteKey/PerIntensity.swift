/// One value for each of up to three intensities: signal, decoy, second decoy or vacuum.
public struct PerIntensity<Value: BitwiseCopyable & Equatable & Sendable>:
    Equatable, Sendable, BitwiseCopyable
{
    /// Of the strongest intensity, the signal.
    public var first: Value
    /// Of the next.
    public var second: Value
    /// Of the weakest, often vacuum; unused by methods with fewer intensities.
    public var third: Value

    /// Values from the strongest intensity to the weakest.
    public init(_ first: Value, _ second: Value, _ third: Value) {
        self.first = first
        self.second = second
        self.third = third
    }

    /// The value of intensity `index`: 0, 1, and the third for anything else.
    public subscript(index: Int) -> Value {
        get { index == 0 ? first : index == 1 ? second : third }
        set {
            switch index {
            case 0: first = newValue
            case 1: second = newValue
            default: third = newValue
            }
        }
    }
}
