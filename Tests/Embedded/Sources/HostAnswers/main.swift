import Exercises

// The digests as the Cortex-M4 prints them: name, then sixteen hexadecimal digits.
runExercises { name, digest in
    let digits = String(digest, radix: 16)
    print("\(name) \(String(repeating: "0", count: 16 - digits.count))\(digits)")
}
