// Prose counts odd words and long lines in the project's comments, messages and documentation.
//
//	go run ./scripts/prose            # totals; exit code 1 above the limits
//	go run ./scripts/prose -v data    # also every place below data/
//
// An odd word is one of the words and phrases in words.txt. They were chosen by comparing the
// comments of this project with those of raft, age, memberlist, gonum and Go's net package:
// every phrase was common here and rare or absent there, where the whole list occurs 0 to 0.3
// times in 1,000 words.
//
// Comments are those of Go files and shell scripts. Messages are string literals with a space in
// Go files that are not tests, and struct tags. Documentation is Markdown without code blocks.
// Generated Go files are not read. Rows of Markdown tables may be longer than the limit.
package main
