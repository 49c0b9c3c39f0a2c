import Control
import LinuxIO

extension CommandCall {
    /// Runs `body`, in which Ctrl-C ends the wait for an instrument that says nothing.
    func listening<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try DeviceWait.ending(when: { self.isCancelled }, body)
    }
}
