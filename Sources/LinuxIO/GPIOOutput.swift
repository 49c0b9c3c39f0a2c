import CLinuxIO
public import PayloadHAL

/// A digital output of the kernel, held under the name `lodestar`.
///
/// Taken at its safe level and driven there when the value goes away. What the pin does once it
/// is let go, also when the program is killed, is its chip's driver's affair: most keep the last
/// level.
public struct GPIOOutput: OutputLine, ~Copyable {
    private let line: GPIOLine
    /// The level on taking the line and on letting it go.
    public let isActiveWhenSafe: Bool
    /// The level last driven.
    public private(set) var isActive: Bool

    /// Takes the line at `address` and drives it to its safe level.
    ///
    /// - Parameters:
    ///   - isActiveLow: Whether active is the low voltage.
    ///   - isActiveWhenSafe: The level at which nothing can come to harm.
    public init(
        _ address: GPIOLineAddress, isActiveLow: Bool = false, bias: GPIOBias = .asIs,
        isActiveWhenSafe: Bool = false
    ) throws(GPIOError) {
        line = try GPIOLine(
            address,
            lodestar_gpio_request(
                offset: 0, is_output: 1, active: isActiveWhenSafe ? 1 : 0,
                is_active_low: isActiveLow ? 1 : 0, bias: bias.code,
                edges: LODESTAR_GPIO_EDGES_NONE))
        self.isActiveWhenSafe = isActiveWhenSafe
        isActive = isActiveWhenSafe
    }

    deinit {
        // Nobody is left to hear whether it worked.
        _ = lodestar_gpio_set(line.handle, isActiveWhenSafe ? 1 : 0)
    }

    /// Drives the line with one call of the system.
    public mutating func set(_ isActive: Bool) throws(GPIOError) {
        let error = lodestar_gpio_set(line.handle, isActive ? 1 : 0)
        guard error == 0 else { throw .of(error, line: line.address) }
        self.isActive = isActive
    }
}
