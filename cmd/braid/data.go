package main

import (
	"braid/data/godoc"
	"braid/internal/plain"
)

type dataCommand struct {
	Godoc godocCommand `cmd:"" help:"Make the godoc data set from the Go installation of this machine."`
}

type godocCommand struct {
	Dir string `arg:"" help:"${godoc_dir}"`
}

// Run writes the files of the data set.
func (c godocCommand) Run(s streams) error {
	if err := godoc.Write(c.Dir); err != nil {
		return err
	}
	_, err := plain.Fprintf(s.out, "wrote train.jsonl, dev.jsonl and test.jsonl into %s\n", c.Dir)
	return err
}
