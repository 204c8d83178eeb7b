package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"braid/internal/kernel"
	"braid/internal/plain"
)

type versionCommand struct{}

// Run prints the version. Two builds of the same kernel class give the same model.
func (versionCommand) Run(s streams) error {
	version, revision := "devel", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			version = v
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = fmt.Sprintf(" %.12s", setting.Value)
			}
		}
	}
	_, err := plain.Fprintf(s.out, "braid %s%s %s %s/%s kernel %s class %s\n", version, revision,
		runtime.Version(), runtime.GOOS, runtime.GOARCH, kernel.Form(), kernel.Class())
	return err
}
