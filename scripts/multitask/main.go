package main

import (
	"errors"
	"fmt"
	"os"
)

// commands are the subcommands by name.
var commands = map[string]func(args []string) error{
	"noise": func(args []string) error {
		if len(args) != 1 {
			return errors.New("usage: multitask noise DIR")
		}
		return noise("examples/data/snips", "examples/snips.yaml", args[0])
	},
}

func main() {
	err := errors.New("usage: multitask noise DIR")
	if len(os.Args) > 1 && commands[os.Args[1]] != nil {
		err = commands[os.Args[1]](os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "multitask:", err)
		os.Exit(1)
	}
}
