/// The independent random streams of one world; the numbers never change their meaning.
enum RandomStream: UInt64 {
    case states = 1
    case satelliteClock = 2
    case stationClock = 3
    case fades = 4
    case dips = 5
    case scintillation = 6
    case beaconScintillation = 7
    case pointingX = 8
    case pointingY = 9
    case photons = 10
    case background = 11
    case detectors = 12
    case beacon = 13
    case falseBeacon = 14
    case pps = 15
    case tagger = 16
    case linkFades = 17
    case linkUp = 18
    case linkDown = 19
    case pairs = 20
    case firstArm = 21
    case secondArm = 22
    case firstArmNoise = 23
    case secondArmNoise = 24
    case attack = 25
}
