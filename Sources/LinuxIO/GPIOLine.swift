import CLinuxIO
import Glibc

/// A digital line that the kernel lets nobody else have; let go when the value goes away.
struct GPIOLine: ~Copyable {
    let address: GPIOLineAddress
    let handle: OpaquePointer

    /// What others see as the holder of our lines.
    static var consumer: String { "lodestar" }

    /// Takes the line at `address` as `request` says; its number is filled in here.
    init(
        _ address: GPIOLineAddress, _ request: lodestar_gpio_request
    ) throws(GPIOError) {
        let chip = try GPIOChip(named: address.chip)
        let number = try chip.number(of: address)
        var request = request
        request.offset = UInt32(number)
        var taken: OpaquePointer?
        let error = lodestar_gpio_take(chip.path, &request, Self.consumer, &taken)
        guard error == 0, let taken else {
            throw Self.reason(error, address, chip: chip, number: number)
        }
        self.address = address
        handle = taken
    }

    deinit { lodestar_gpio_release(handle) }

    /// The level now.
    func isActive() throws(GPIOError) -> Bool {
        var level: Int32 = 0
        let error = lodestar_gpio_get(handle, &level)
        guard error == 0 else { throw .of(error, line: address) }
        return level != 0
    }

    private static func reason(
        _ error: Int32, _ address: GPIOLineAddress, chip: GPIOChip, number: Int
    ) -> GPIOError {
        switch error {
        case EBUSY: .busy(address, consumer: (try? chip.line(number).consumer) ?? "")
        case EACCES, EPERM: .noPermission(path: chip.path)
        case ENXIO, ENOTSUP, EINVAL: .notSupported(address)
        default: .of(error, line: address)
        }
    }
}

extension GPIOBias {
    var code: lodestar_gpio_bias {
        switch self {
        case .asIs: LODESTAR_GPIO_BIAS_AS_IS
        case .disabled: LODESTAR_GPIO_BIAS_DISABLED
        case .pullUp: LODESTAR_GPIO_BIAS_PULL_UP
        case .pullDown: LODESTAR_GPIO_BIAS_PULL_DOWN
        }
    }
}
