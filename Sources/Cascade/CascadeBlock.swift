/// What both ends of Cascade share.
public enum CascadeBlock {
    /// Bytes of room for any message: 16 KiB with the frame that carries it.
    public static let largestMessage = 16_256
}
