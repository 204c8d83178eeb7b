// Package term talks to people, for all programs of cmd.
//
// Rules of its voice: a person at a terminal sees one moving line and a line an
// evaluation; a pipe sees the line an evaluation only, without colour or carriage returns.
// Scores are fractions with four digits. An error is one line, place: what: mend, on
// standard error, and the exit code is not 0.
package term
