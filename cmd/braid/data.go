package main

import (
	"braid/data/godoc"
	"braid/internal/plain"
)

type dataCommand struct {
	Godoc godocCommand `cmd:"" help:"Make the godoc data set from the Go installation on this machine."`
}

type godocCommand struct {
	Dir string `arg:"" help:"Directory to write train.jsonl, dev.jsonl and test.jsonl into."`
}

// Help is shown below the flags.
func (godocCommand) Help() string {
	return `Each documentation sentence of the standard library is an example with the fields tokens, topic
(its package's group) and entities (BIO tags of the Go names in it, by the compiler's own parser).
No package is in two splits. A job with format: godoc does the same by itself.

Examples:
  braid data godoc data/godoc
  head -1 data/godoc/train.jsonl`
}

// Run writes the files.
func (c godocCommand) Run(s streams) error {
	if err := godoc.Write(c.Dir); err != nil {
		return err
	}
	_, err := plain.Fprintf(s.out, "wrote train.jsonl, dev.jsonl and test.jsonl into %s\n", c.Dir)
	return err
}
