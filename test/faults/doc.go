// Package faults kills the whole program and counts what became of the texts.
//
// Its tests build the program with its crash points, run it as a process of
// its own against the emulated provider, and kill it: at each point between a
// request and the provider's answer, with and without trouble on the
// provider's side at the same time. Then it is started again, and the emulator,
// not the program, says how many texts each number got.
//
// SINPYO_TEST_CRASHES says how many times; without it the tests are skipped.
package faults
