// Package faults kills the whole program and counts what became of the texts.
//
// Its tests build the program with its crash points, run it as a process of
// its own against the emulated provider, and kill it: at each point between a
// request and the provider's answer, with and without trouble on the
// provider's side at the same time. Then it is started again, and the emulator,
// not the program, says how many texts each number got.
//
// A second test lets each call of the provider go wrong in each way there is,
// kills the program at random, and prints what was lost and doubled as a table:
// a line for each kind of fault, with "-" for what is not measured there.
//
// SINPYO_TEST_CRASHES and SINPYO_TEST_ROUNDS say how many times; without them the
// tests are skipped. SINPYO_TEST_SEED draws another run of the second.
package faults
