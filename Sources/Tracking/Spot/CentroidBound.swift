import Quantities

/// How well a spot's place can be known: the Cramer-Rao bound.
public enum CentroidBound {
    /// Smallest standard deviation, px, of one coordinate of a Gaussian spot in the middle of a
    /// window of 15 x 15 pixels: [sum (dm/dx)²/(m + b + s²)]^-1/2.
    ///
    /// - Parameters:
    ///   - flux: Photo-electrons of the whole spot, more than 0.
    ///   - width: Standard deviation of its profile, px, more than 0.
    ///   - background: Electrons per pixel, 0 or more.
    ///   - readNoise: Electrons rms per pixel, more than 0.
    ///   - shift: Place of the spot relative to the centre of a pixel, px.
    /// - SeeAlso: S. M. Kay, Fundamentals of Statistical Signal Processing: Estimation Theory
    ///   (1993), equation 3.6, for independent pixels of variance m + b + s².
    public static func sigma(
        flux: Double, width: Double, background: Double, readNoise: Double, shift: Double = 0
    ) -> Double {
        var information = 0.0
        let square = width * width
        for row in -7...7 {
            let y = Double(row)
            for column in -7...7 {
                let x = Double(column) - shift
                let exponent = -(x * x + y * y) / (2 * square)
                let mean = flux / (2 * 3.141_592_653_589_793 * square) * Elementary.exp(exponent)
                let slope = mean * x / square
                information += slope * slope / (mean + background + readNoise * readNoise)
            }
        }
        return 1 / information.squareRoot()
    }
}
