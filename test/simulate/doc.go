// Package simulate runs the engine and the emulated provider in one world that
// a seed decides: who asks for a text when, which call of the provider is lost,
// late or refused, where the program is killed, what the clock does, and above
// all what happens between any two steps of what is under way.
//
// Each act of a person and each kind of work of the outbox is a task. One task
// runs at a time, until it stands at a call of the provider or at one of the
// points of package crash; then the scheduler draws what goes on. Time is that of
// testing/synctest, chance that of testing/cryptotest, the database is SQLite in
// memory, and the provider is called without a socket: so a seed makes the same
// history again, to the last word of its trace.
//
// What must hold is judged by what was answered, by a model of each verification
// and by what the provider took, not by what the program says of itself.
//
// The tests need the tag crashpoints:
//
//	go test -tags crashpoints ./test/simulate
//
// SINPYO_TEST_SIMULATIONS says how many seeds, SINPYO_TEST_SEED plays a single
// one and prints its trace.
package simulate
