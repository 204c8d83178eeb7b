package main

import (
	"strings"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/job"
	"braid/train"
)

// printRecipe prints the settings that the recipe for the data's size suggests and the job does not have.
func printRecipe(s streams, setup *train.Setup, overrides []string) error {
	examples := 0
	for _, set := range setup.Data.Sets {
		examples += len(set.Train.Any)
	}
	departures, err := job.RecipeFor(examples).Departures(setup.Job, overrides...)
	if err != nil || len(departures) == 0 {
		return err
	}
	plain.Fprintf(s.out, "\nfor %s, docs/recipes.md suggests:\n", term.Counted(uint64(examples), "training example"))
	rows := [][]string{{"key", "job", "suggested"}}
	var try []string
	for _, c := range departures {
		now, then := strings.Trim(c.A, `"`), strings.Trim(c.B, `"`) // YAML quotes off
		rows = append(rows, []string{c.Key, now, then})
		try = append(try, "--set "+c.Key+"="+then)
	}
	term.Table(s.out, []bool{false, true, true}, rows)
	plain.Fprintf(s.out, "to try them: %s\n", strings.Join(try, " "))
	return nil
}
