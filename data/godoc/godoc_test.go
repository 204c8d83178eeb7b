package godoc

import (
	"path/filepath"
	"sync"
	"testing"

	"braid/data"
	"braid/job"
)

var godoc = sync.OnceValues(func() (data.RawSet, error) {
	return read("godoc")
})

// No package is in two splits, no sentence twice, every topic in every split.
func TestGodocSplits(t *testing.T) {
	set, err := godoc()
	if err != nil {
		t.Fatal(err)
	}
	home := map[string]job.Split{}
	topicsIn := map[string]map[job.Split]int{}
	kinds := map[string]int{}
	total, tokens := 0, 0
	for _, name := range job.Splits {
		n := 0
		for _, e := range set.Split(name) {
			dir := filepath.Dir(e.File)
			if was, ok := home[dir]; ok && was != name {
				t.Fatalf("%s is in %s and in %s", dir, was, name)
			}
			home[dir] = name
			topic := e.Fields["topic"].Text
			if topicsIn[topic] == nil {
				topicsIn[topic] = map[job.Split]int{}
			}
			topicsIn[topic][name]++
			n += len(e.Tokens)
			for _, tag := range e.Fields["entities"].List {
				kinds[tag]++
			}
			if len(e.Tokens) != len(e.Fields["entities"].List) {
				t.Fatalf("%s:%d: %d tags for %d words", e.File, e.Line, len(e.Fields["entities"].List), len(e.Tokens))
			}
		}
		t.Logf("%s: %d sentences, %d tokens", name, len(set.Split(name)), n)
		total += len(set.Split(name))
		tokens += n
	}
	t.Logf("%d sentences, %d tokens, %d packages, tags %v", total, tokens, len(home), kinds)
	for topic, in := range topicsIn {
		t.Logf("%s: %v", topic, in)
		if len(in) != 3 {
			t.Errorf("topic %s is not in every split: %v", topic, in)
		}
	}
	if total < 20000 || tokens < 300000 {
		t.Errorf("only %d sentences, %d tokens", total, tokens)
	}
}
