/// An edge that is on its way to the tagger.
struct PendingEvent: Sendable, BitwiseCopyable {
    /// Tagger time, ps.
    var time: Int64
    /// 0 to 3 the detectors H, V, D, A; 4 the beacon; 5 the second pulse.
    var input: UInt8
    /// Whether a bright pulse makes it: then a blinded or gated-off detector clicks too.
    var isBright = false

    static let beaconInput: UInt8 = 4
    static let ppsInput: UInt8 = 5

    func isBefore(_ other: PendingEvent) -> Bool {
        time != other.time ? time < other.time : input < other.input
    }
}

extension [PendingEvent] {
    /// Puts `event` in its place; cheap when it belongs near the end.
    mutating func insertSorted(_ event: PendingEvent) {
        append(event)
        var place = count - 1
        while place > 0, event.isBefore(self[place - 1]) {
            self[place] = self[place - 1]
            place -= 1
        }
        self[place] = event
    }

    /// Puts `event` in its place; cheap when it belongs near `start`.
    mutating func insertSorted(_ event: PendingEvent, from start: Int) {
        var place = start
        while place < count, !event.isBefore(self[place]) { place += 1 }
        insert(event, at: place)
    }

    /// Becomes the ordered union of two ordered lists.
    mutating func merge(_ first: [PendingEvent], _ second: [PendingEvent]) {
        removeAll(keepingCapacity: true)
        var i = 0
        var j = 0
        while i < first.count, j < second.count {
            if second[j].isBefore(first[i]) {
                append(second[j])
                j += 1
            } else {
                append(first[i])
                i += 1
            }
        }
        append(contentsOf: first[i...])
        append(contentsOf: second[j...])
    }
}
