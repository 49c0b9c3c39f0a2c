import BoardFile

/// The tagger inputs that calibrations need.
struct BoardInputs {
    let detectors: SIMD4<UInt8>
    let beacon: UInt8
    /// Lateness of H, V, D and A that the board takes off, ps.
    let skews: SIMD4<Double>

    init(_ board: Board) throws(ProcedureFailure) {
        let inputs = [
            board.channels.horizontal, board.channels.vertical, board.channels.diagonal,
            board.channels.antidiagonal,
        ]
        var (numbers, skews) = (SIMD4<UInt8>(), SIMD4<Double>())
        for place in 0..<4 {
            guard let input = inputs[place] else {
                throw .board(
                    "board \(board.name) has no detector \(DetectorRoles.names[place]) in "
                        + "[channels]; calibrations need all four")
            }
            numbers[place] = input.channel
            skews[place] = Double(input.skew)
        }
        guard let beacon = board.channels.beacon else {
            throw .board(
                "board \(board.name) has no channels.beacon, where the laser's sync output goes")
        }
        detectors = numbers
        self.beacon = beacon.channel
        self.skews = skews
    }
}
