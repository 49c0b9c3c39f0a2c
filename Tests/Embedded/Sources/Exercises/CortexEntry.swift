#if hasFeature(Embedded)

    /// Prints one line over semihosting; the name ends with a zero byte.
    @_extern(c, "lodestar_report")
    func cortexReport(_ name: UnsafePointer<UInt8>, _ digest: UInt64)

    /// Where the start-up code of the Cortex-M4 hands over.
    @c(lodestar_exercises) public func cortexExercises() {
        runExercises { name, digest in cortexReport(name.utf8Start, digest) }
    }

#endif
