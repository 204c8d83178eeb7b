package main

import (
	"errors"
	"fmt"
	"os"
)

// usage lists the subcommands.
const usage = "usage: multitask noise DIR | multitask sharing STUDY.json ARM FILE.svg | " +
	"multitask cosines RUN FILE.svg"

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "multitask:", err)
		os.Exit(1)
	}
}

func command(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "noise":
		return noise("examples/data/snips", "examples/snips.yaml", args[1])
	case len(args) == 4 && args[0] == "sharing":
		return sharing(args[1], args[2], args[3])
	case len(args) == 3 && args[0] == "cosines":
		return drawCosinesOf(args[1], args[2])
	}
	return errors.New(usage)
}
