package job

import "testing"

func TestFolds(t *testing.T) {
	for text, want := range map[string][2]int{"1/2": {1, 2}, "5/5": {5, 5}, "100/100": {100, 100}} {
		i, k, ok := (&DataSet{Fold: text}).Folds()
		if !ok || i != want[0] || k != want[1] {
			t.Errorf("%q is %d/%d, %v", text, i, k, ok)
		}
	}
	for _, text := range []string{"", "2", "0/5", "6/5", "1/1", "1/101", "02/5", "+2/5", "2/5/1",
		" 2/5", "2/", "/5", "-1/5"} {
		if _, _, ok := (&DataSet{Fold: text}).Folds(); ok {
			t.Errorf("%q is a fold", text)
		}
		if text == "" {
			continue
		}
		_, err := Parse("a.yaml", []byte("data: {d: {format: jsonl, train: t, fold: \""+text+"\"}}\n"+
			"tasks: [{name: a, kind: regression, field: f}]\n"), nil)
		want := "a.yaml:1:43: data.d.fold is \"" + text + "\": write I/K, such as 2/5: fold I of K, K from 2 to 100"
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// With folds, dev comes from the training file and there is no test split, whatever the job names.
func TestFilesOfFolds(t *testing.T) {
	d := DataSet{Train: "a", Dev: "b", Test: "c", Fold: "1/3"}
	if d.File(Train) != "a" || d.File(Dev) != "a" || d.File(Test) != "" {
		t.Errorf("files %q %q %q", d.File(Train), d.File(Dev), d.File(Test))
	}
}

func TestFoldIsHashed(t *testing.T) {
	hash := func(fold string) string {
		j, err := Parse("a.yaml", []byte("data: {d: {format: jsonl, train: t"+fold+"}}\n"+
			"tasks: [{name: a, kind: regression, field: f}]\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return j.Hash()
	}
	if hash("") == hash(", fold: 1/5") || hash(", fold: 1/5") == hash(", fold: 2/5") {
		t.Error("two folds have one hash")
	}
}
