// Mutate measures tests: it plants one small fault at a time in a package, and runs the
// package's tests. A fault that no test notices is a survivor.
//
//	go run ./scripts/mutate [-n 100] [-seed 1] [-only TEXT] [-for 14m] [-min 0.95] PACKAGE...
//
// The faults are: another operator, a constant that is off by one, a condition that is
// negated, true in place of false, a statement that is left out. The seed decides which of
// them are tried, and in which order. A fault that does not compile is replaced by the next.
// Faults that change no behaviour are listed with their reasons in equivalent.txt; they are
// neither tried nor counted.
//
// Mutate changes no file of the repository: the compiler reads the changed file by -overlay.
// It exits with 1 if less than -min of a package's faults are noticed.
package main
