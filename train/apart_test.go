package train_test

import (
	"testing"

	"braid/train"
)

// A local fleet returns a root for each task of an apart step, in memory that it takes back at the next call.
func TestLocalFleetOfApartSteps(t *testing.T) {
	s := prepareJob(t, wideJob, "training.mode=joint")
	fleet := s.Local(2)
	defer fleet.Close()
	w := s.work(0)
	if len(w.Step.Streams) < 2 {
		t.Fatalf("%d streams", len(w.Step.Streams))
	}
	sums := func(w train.Work) (all []uint32) {
		roots, err := fleet.Gradient(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range roots {
			all = append(all, g.Checksum())
			g.Scale(2) // the caller may change it
		}
		return all
	}
	var want []uint32
	apart := w
	apart.Step.Apart = true
	for k := range apart.Step.Trees() {
		stream, task := apart.Step.Tree(k)
		one := s.work(0)
		one.Step.Streams = one.Step.Streams[stream : stream+1]
		one.Step.Streams[0].Tasks = one.Step.Streams[0].Tasks[task : task+1]
		want = append(want, sums(one)...)
	}
	for range 2 {
		got := sums(apart)
		if len(got) != len(s.Job.Tasks) {
			t.Fatalf("%d roots of %d tasks", len(got), len(s.Job.Tasks))
		}
		for k := range got {
			if got[k] != want[k] {
				t.Errorf("root %d differs from a step of its task alone", k)
			}
		}
		if joint := sums(w); len(joint) != 1 {
			t.Errorf("%d roots of a joint step", len(joint))
		}
	}
}
