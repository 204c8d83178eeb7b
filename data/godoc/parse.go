package godoc

import (
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"braid/data"
)

// goPackage is the names and the documentation of a package of the standard library.
type goPackage struct {
	path     string
	name     string
	kinds    map[string]string          // package-level names to TYPE, FUNC, CONST or VAR
	methods  map[string]map[string]bool // by type; those of interfaces too
	anywhere map[string]bool            // methods of any type
	imports  map[string][]string        // name to paths; files may differ
	docs     []goDoc                    // by file, then place
	examples []data.Example
}

// goDoc is one documentation comment and the names that it documents.
type goDoc struct {
	text   string
	file   string
	line   int
	own    string          // the declared name
	method bool            // own is a method
	params map[string]bool // parameters, results and receiver
}

// parseGo parses every package below src. The result is sorted by path.
func parseGo(src string) ([]*goPackage, error) {
	var dirs []string
	err := filepath.WalkDir(src, func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		switch e.Name() {
		case "cmd", "vendor", "testdata":
			return filepath.SkipDir
		}
		dirs = append(dirs, p)
		return nil
	})
	if err != nil {
		return nil, &data.Error{File: src, Msg: "cannot read it (" + err.Error() + ")", Mend: "install Go again"}
	}
	all := make([]*goPackage, len(dirs))
	errs := make([]error, len(dirs))
	inParallel(len(dirs), func(i int) {
		rel, _ := filepath.Rel(src, dirs[i])
		all[i], errs[i] = parsePackage(dirs[i], filepath.ToSlash(rel))
	})
	var packages []*goPackage
	for i, p := range all {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if p.name != "" {
			packages = append(packages, p)
		}
	}
	return packages, nil
}

// inParallel calls f for 0 to n-1 on all processors.
func inParallel(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

func parsePackage(dir, importPath string) (*goPackage, error) {
	p := &goPackage{path: importPath, kinds: map[string]string{}, methods: map[string]map[string]bool{},
		anywhere: map[string]bool{}, imports: map[string][]string{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &data.Error{File: dir, Msg: "cannot read it (" + reason(err) + ")", Mend: "check its permissions"}
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		file := filepath.Join(dir, name)
		f, err := goparser.ParseFile(files, file, nil, goparser.ParseComments|goparser.SkipObjectResolution)
		if err != nil {
			return nil, &data.Error{File: file, Msg: "not Go: " + err.Error(), Mend: "install Go again"}
		}
		if f.Name.Name == "main" || f.Name.Name == "documentation" {
			continue
		}
		p.name = f.Name.Name
		r := goReader{p, files, file}
		r.doc(f.Doc, goDoc{})
		for _, i := range f.Imports {
			r.imported(i)
		}
		for _, d := range f.Decls {
			r.declaration(d)
		}
	}
	return p, nil
}

// goReader collects the names and comments of one file.
type goReader struct {
	*goPackage
	files *token.FileSet
	file  string
}

func (r goReader) doc(c *ast.CommentGroup, d goDoc) {
	if c == nil {
		return
	}
	d.text, d.file, d.line = c.Text(), r.file, r.files.Position(c.Pos()).Line
	r.docs = append(r.docs, d)
}

func (r goReader) imported(i *ast.ImportSpec) {
	importPath, err := strconv.Unquote(i.Path.Value)
	if err != nil {
		return
	}
	name := path.Base(importPath)
	if i.Name != nil {
		name = i.Name.Name
	} else if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
		name = path.Base(path.Dir(importPath))
	}
	r.imports[name] = append(r.imports[name], importPath)
}

func (r goReader) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		doc := goDoc{own: d.Name.Name, method: d.Recv != nil, params: map[string]bool{}}
		parameters(doc.params, d.Recv, d.Type.Params, d.Type.Results)
		if d.Recv == nil {
			r.kinds[d.Name.Name] = "FUNC"
		} else if t := receiver(d.Recv); t != "" {
			r.addMethod(t, d.Name.Name)
		}
		r.doc(d.Doc, doc)
	case *ast.GenDecl:
		r.doc(d.Doc, goDoc{own: soleName(d)})
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				r.kinds[s.Name.Name] = "TYPE"
				r.doc(s.Doc, goDoc{own: s.Name.Name})
				r.members(s)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					r.kinds[n.Name] = map[token.Token]string{token.CONST: "CONST", token.VAR: "VAR"}[d.Tok]
				}
				r.doc(s.Doc, goDoc{own: s.Names[0].Name})
			}
		}
	}
}

// soleName returns the name that a declaration without parentheses declares.
func soleName(d *ast.GenDecl) string {
	if len(d.Specs) == 1 {
		switch s := d.Specs[0].(type) {
		case *ast.TypeSpec:
			return s.Name.Name
		case *ast.ValueSpec:
			return s.Names[0].Name
		}
	}
	return ""
}

// members collects a type's fields or interface methods.
func (r goReader) members(s *ast.TypeSpec) {
	switch t := s.Type.(type) {
	case *ast.StructType:
		for _, f := range t.Fields.List {
			r.doc(f.Doc, goDoc{})
		}
	case *ast.InterfaceType:
		for _, f := range t.Methods.List {
			sig, ok := f.Type.(*ast.FuncType)
			if !ok || len(f.Names) == 0 {
				r.doc(f.Doc, goDoc{})
				continue
			}
			doc := goDoc{own: f.Names[0].Name, method: true, params: map[string]bool{}}
			parameters(doc.params, sig.Params, sig.Results)
			r.addMethod(s.Name.Name, doc.own)
			r.doc(f.Doc, doc)
		}
	}
}

func (p *goPackage) addMethod(typeName, method string) {
	if p.methods[typeName] == nil {
		p.methods[typeName] = map[string]bool{}
	}
	p.methods[typeName][method] = true
	p.anywhere[method] = true
}

func parameters(into map[string]bool, lists ...*ast.FieldList) {
	for _, l := range lists {
		if l == nil {
			continue
		}
		for _, f := range l.List {
			for _, n := range f.Names {
				if n.Name != "_" {
					into[n.Name] = true
				}
			}
		}
	}
}

// receiver returns the name of a method's type.
func receiver(l *ast.FieldList) string {
	if len(l.List) == 0 {
		return ""
	}
	for e := l.List[0].Type; ; {
		switch t := e.(type) {
		case *ast.Ident:
			return t.Name
		case *ast.StarExpr:
			e = t.X
		case *ast.ParenExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		case nil:
			return ""
		default:
			panic(fmt.Sprintf("godoc: receiver of type %T", e))
		}
	}
}
