package job

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/job.md")

// docs/job.md is generated from the comments of job.go and the defaults; -update writes it.
func TestReference(t *testing.T) {
	const path = "../docs/job.md"
	want := reference(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what job.go says: go test ./job -run TestReference -update (%v)", path, err)
	}
}

func reference(t *testing.T) string {
	file, err := parser.ParseFile(token.NewFileSet(), "job.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# The job file\n\nGenerated from `job/job.go` and the defaults by `go test ./job -run TestReference " +
		"-update`.\n" +
		"Unknown keys are errors. Any value can be set on the command line: `--set training.steps=50`,\n" +
		"`--set tasks.topic.weight=2`, `--set data.snips.train=DIR`. A 0 in the file is a 0, not the default.\n" +
		"`examples/` has complete jobs.\n")
	j := defaults()
	j.Data, j.Tasks = []DataSet{defaultDataSet()}, []Task{defaultTask()}
	section(&b, file, reflect.ValueOf(*j), "Job", "")
	return b.String()
}

// section writes a table of a struct's keys, then the sections of the structs in it.
func section(b *strings.Builder, file *ast.File, v reflect.Value, name, path string) {
	doc, comments := comments(file, name)
	title := path
	if title == "" {
		title = "The whole"
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| key | default | meaning |\n|---|---|---|\n", title, doc)
	type inner struct {
		v          reflect.Value
		name, path string
	}
	var inners []inner
	for i, key := range keysOf(v.Type()) {
		if key == "" {
			continue
		}
		f := v.Field(i)
		def := ""
		switch f.Kind() {
		case reflect.Struct:
			inners = append(inners, inner{f, f.Type().Name(), join(path, key)})
			def = "see below"
		case reflect.Slice:
			if f.Len() > 0 && f.Index(0).Kind() == reflect.Struct {
				p := join(path, key) + ".NAME"
				if key == "tasks" {
					p = "tasks[]"
				}
				inners = append(inners, inner{f.Index(0), f.Index(0).Type().Name(), p})
				def = "see below"
			}
		case reflect.Map:
		default:
			def = "`" + scalarText(f) + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, def, strings.ReplaceAll(comments[v.Type().Field(i).Name], "|", "\\|"))
	}
	for _, in := range inners {
		section(b, file, in.v, in.name, in.path)
	}
}

// comments returns the doc comment of a struct and the comments of its fields.
func comments(file *ast.File, name string) (doc string, fields map[string]string) {
	fields = map[string]string{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE || g.Specs[0].(*ast.TypeSpec).Name.Name != name {
			continue
		}
		doc = strings.TrimSpace(strings.ReplaceAll(g.Doc.Text(), "\n", " "))
		for _, f := range g.Specs[0].(*ast.TypeSpec).Type.(*ast.StructType).Fields.List {
			for _, n := range f.Names {
				fields[n.Name] = strings.TrimSpace(strings.ReplaceAll(f.Comment.Text()+f.Doc.Text(), "\n", " "))
			}
		}
	}
	return doc, fields
}
