// Package faults plays the fault matrix against the whole program and counts
// what became of the texts.
//
// Its tests run the program as processes of their own beside the emulated
// provider (package kit), let one kind of thing go wrong while people ask for
// texts, and count from what was answered and from what the emulated phones got,
// never from what the program says of itself. A fault is a line of the report
// ([kit.Line]), whose bars fail the test.
//
// SINPYO_TEST_FAULTS=full plays each fault as often as the matrix demands, short
// a few times; without it the tests are skipped. `make faults` plays all of them
// and writes docs/faults.md.
package faults
