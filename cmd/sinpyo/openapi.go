package main

import "github.com/sinpyo/sinpyo/internal/api"

// openapiCommand prints the document of the REST API.
type openapiCommand struct{}

// Run prints the document.
func (openapiCommand) Run(s *shell) error {
	_, err := s.out.Write(api.Document)
	return err
}
