// Package rows holds the product to what it promises, row by row: each test is
// named after the row it stands for, and looks at the program from outside.
//
// A test runs an installation as an operator would: `sinpyo serve` processes
// with the emulated provider, real HTTP, and codes read off the emulated phone.
// On SQLite that is one process, on PostgreSQL two that share database and
// master key; the tests ask either of them and the answer must be the same.
// SINPYO_TEST_POSTGRES names the server, as in every other package.
//
// What needs a clock that moves, such as the last second of a code or a report
// that comes three days late, runs the same parts inside the test instead.
package rows
