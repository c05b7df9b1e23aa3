package main

const libraryFile = "libpact_ffi.dylib"
