/// A vector of three components, m or none.
struct Vector: Equatable, Sendable, BitwiseCopyable {
    var x: Double
    var y: Double
    var z: Double

    static func + (a: Vector, b: Vector) -> Vector {
        Vector(x: a.x + b.x, y: a.y + b.y, z: a.z + b.z)
    }
    static func - (a: Vector, b: Vector) -> Vector {
        Vector(x: a.x - b.x, y: a.y - b.y, z: a.z - b.z)
    }
    static func * (scale: Double, a: Vector) -> Vector {
        Vector(x: scale * a.x, y: scale * a.y, z: scale * a.z)
    }
    func dot(_ other: Vector) -> Double { x * other.x + y * other.y + z * other.z }
    func cross(_ other: Vector) -> Vector {
        Vector(
            x: y * other.z - z * other.y, y: z * other.x - x * other.z,
            z: x * other.y - y * other.x)
    }
    var length: Double { dot(self).squareRoot() }
    var unit: Vector { (1 / length) * self }
}
