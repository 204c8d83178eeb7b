package job

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The table of docs/recipes.md is generated from the recipes; -update writes it.
func TestRecipesAreDocumented(t *testing.T) {
	const path, begin, end = "../docs/recipes.md", "<!-- table -->\n", "<!-- end of the table -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no table between %q and %q", path, begin, end)
	}
	want := before + begin + recipeTable() + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(text) != want {
		t.Errorf("%s does not have the recipes: go test ./job -run TestRecipes -update", path)
	}
}

// recipeTable has a line for each key, and a column for each recipe.
func recipeTable() string {
	var b strings.Builder
	b.WriteString("| key |")
	lower := 0
	for _, r := range recipes {
		switch {
		case r.Most == 0:
			fmt.Fprintf(&b, " more than %d |", lower)
		case lower == 0:
			fmt.Fprintf(&b, " up to %d examples |", r.Most)
		default:
			fmt.Fprintf(&b, " up to %d |", r.Most)
		}
		lower = r.Most
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(recipes)) + "\n")
	var keys []string
	for _, r := range recipes {
		for _, s := range r.Settings {
			if !slices.Contains(keys, s.Key) {
				keys = append(keys, s.Key)
			}
		}
	}
	for _, key := range keys {
		fmt.Fprintf(&b, "| `%s` |", strings.Replace(key, "tasks.NAME.", "tasks[].", 1))
		for _, r := range recipes {
			i := slices.IndexFunc(r.Settings, func(s Setting) bool { return s.Key == key })
			switch {
			case i < 0:
				b.WriteString(" |")
			case r.Settings[i].Of != nil:
				fmt.Fprintf(&b, " `%s` for entities |", r.Settings[i].Value)
			default:
				fmt.Fprintf(&b, " `%s` |", r.Settings[i].Value)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// The recipes are in order, and their keys are keys of the job with legal values.
func TestRecipes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snips.yaml")
	if err := os.WriteFile(path, []byte(snips), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, r := range recipes {
		if last := i == len(recipes)-1; (r.Most == 0) != last || i > 0 && !last && r.Most <= recipes[i-1].Most {
			t.Errorf("recipe %d is for up to %d examples", i, r.Most)
		}
		if _, err := Load(path, "training.seed=1"); err == nil {
			t.Fatal("a key that is none")
		}
		j, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		all := r.Overrides(j)
		if !slices.Contains(all, "tasks.slots.decoder=crf") || slices.Contains(all, "tasks.intent.decoder=crf") {
			t.Errorf("recipe %d: %v", i, all)
		}
		if _, err := r.Departures(j); err != nil {
			t.Error(err)
		}
		full, err := Load(path, all...)
		if err != nil {
			t.Fatal(err)
		}
		if left, err := r.Departures(full, all...); err != nil || len(left) > 0 {
			t.Errorf("recipe %d: a job with its settings departs from it by %v (%v)", i, left, err)
		}
	}
}

func TestRecipeFor(t *testing.T) {
	for examples, want := range map[int]int{0: 0, recipes[0].Most: 0, recipes[0].Most + 1: 1, 1 << 30: len(recipes) - 1} {
		if got := RecipeFor(examples); got.Most != recipes[want].Most {
			t.Errorf("%d examples: the recipe of up to %d", examples, got.Most)
		}
	}
	texts := []Task{{Name: "topic", Kind: "classification"}}
	all := RecipeFor(0).Overrides(&Job{Encoder: Encoder{Kind: "lstm"}, Tasks: texts})
	if len(all) == 0 || slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "char") }) {
		t.Errorf("without entities: %v", all)
	}
	if all := RecipeFor(0).Overrides(&Job{Encoder: Encoder{Kind: "other"}, Tasks: texts}); all != nil {
		t.Errorf("for another encoder: %v", all)
	}
}

// Departures lists each setting that the job does not have, with the old and the new value.
func TestDepartures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snips.yaml")
	if err := os.WriteFile(path, []byte(snips), 0o600); err != nil {
		t.Fatal(err)
	}
	overrides := []string{"training.batch=48"}
	j, err := Load(path, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	r := Recipe{Settings: []Setting{{Key: "training.batch", Value: "32"}, {Key: "training.clip", Value: "5"},
		{Key: "tasks.NAME.decoder", Value: "crf", Of: (*Task).Spans}}}
	got, err := r.Departures(j, overrides...)
	want := []Change{{"tasks.slots.decoder", "linear", "crf"}, {"training.batch", "48", "32"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v (%v), want %v", got, err, want)
	}
}

// A job that cannot have a setting is a job for which the recipe suggests the other ones.
func TestDeparturesThatDoNotFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snips.yaml")
	if err := os.WriteFile(path, []byte(snips), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ override, without string }{
		{"training.shards=32", "training.batch training.epochs"},
		{"tasks.slots.label_smoothing=0.1", "tasks.slots.decoder"},
		{"tasks.slots.class_weights.O=0.5", "tasks.slots.decoder"},
		{"training.optimizer.nesterov=true", "training.optimizer.kind training.optimizer.lr"},
	} {
		overrides := []string{"training.epochs=3", "training.optimizer.kind=sgd", "training.optimizer.lr=0.5",
			"training.optimizer.momentum=0.9", "training.schedule.kind=cosine", c.override}
		j, err := Load(path, overrides...)
		if err != nil {
			t.Fatal(err)
		}
		departures, err := recipes[0].Departures(j, overrides...)
		if err != nil {
			t.Errorf("%s: %v", c.override, err)
			continue
		}
		var keys []string
		for _, d := range departures {
			keys = append(keys, d.Key)
		}
		for _, key := range []string{"tasks.slots.decoder", "training.batch", "training.epochs", "training.optimizer.kind",
			"training.optimizer.lr", "training.schedule.kind"} {
			if want := !slices.Contains(strings.Fields(c.without), key); slices.Contains(keys, key) != want {
				t.Errorf("%s: suggests %v", c.override, departures)
			}
		}
	}
}
