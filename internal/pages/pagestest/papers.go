package pagestest

// paperScenes are those of documents, and of pages that are not there.
var paperScenes = []Scene{
	{Name: "document-terms", Walk: func(_ *Person, b Browser) { b.Go("/documents/terms") }},
	{Name: "document-privacy", Walk: func(_ *Person, b Browser) { b.Go("/documents/privacy") }},
	{Name: "problem-missing", Error: "problem.missing", Walk: func(_ *Person, b Browser) { b.Go("/nowhere") }},
	{Name: "problem", Error: "problem.title", Walk: func(_ *Person, b Browser) { b.Go("/broken") }},
}
