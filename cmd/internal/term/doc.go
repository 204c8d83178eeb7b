// Package term is the terminal interface of all programs of cmd.
//
// Its rules: a terminal shows a progress line that is redrawn, and one line per evaluation. A pipe
// receives the lines of evaluations only, without colours or carriage returns. Scores are fractions with
// four digits. An error is one line on standard error: the place, the fault, the remedy. Its exit code is
// not 0.
package term
