package main

import (
	"errors"
	"fmt"
	"os"
)

// usage lists the subcommands.
const usage = "usage: multitask noise DIR | multitask sharing STUDY.json ARM FILE.svg"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "multitask:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "noise":
		return noise("examples/data/snips", "examples/snips.yaml", args[1])
	case len(args) == 4 && args[0] == "sharing":
		return sharing(args[1], args[2], args[3])
	}
	return errors.New(usage)
}
