package main

import (
	"fmt"
	"maps"
	"slices"

	"braid/cmd/internal/term"
	"braid/forensics"
)

// printShards prints a table of the shards of a step.
func printShards(s streams, shards []forensics.ShardFigures) {
	rows := [][]string{{"shard", "checksum", "task", "loss (sum)", "divisor"}}
	for _, f := range shards {
		shard, checksum := fmt.Sprint(f.Shard), f.Checksum
		if len(f.Loss) == 0 { // fewer examples than shards, or not finite
			rows = append(rows, []string{shard, checksum, "", "", ""})
		}
		for _, task := range slices.Sorted(maps.Keys(f.Loss)) {
			rows = append(rows, []string{shard, checksum, task, exact(f.Loss[task]), exact(f.Norm[task])})
			shard, checksum = "", ""
		}
	}
	term.Table(s.out, []bool{true, false, false, false, false}, rows)
}
