package legacy

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/url"
	"strings"
)

// ImagesService keeps the pictures of MMS, for seven days.
type ImagesService struct{ c *Client }

// Upload stores a JPEG, PNG or GIF of at most 300 KB and 2048 x 2048 pixels,
// and returns the id that [Message] takes in a group. One that is too large is
// refused with ErrTooLarge.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *ImagesService) Upload(ctx context.Context, image []byte) (imageID string, err error) {
	if len(image) == 0 {
		return "", errors.New("coolsms/legacy: upload_image: the image is empty")
	}
	k := post(v2+"upload_image", url.Values{"image_encoding": {"binary"}})
	k.image = image
	i := &Image{}
	if err := s.c.do(ctx, k, i); err != nil {
		return "", err
	}
	return i.ImageID, nil
}

// Image is a stored picture.
type Image struct {
	ImageID       string
	FileName      string
	OriginalName  string
	FileSize      int // in bytes
	Width, Height int // in pixels

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

func (i *Image) decode(raw []byte) error {
	var w struct {
		ImageID      text    `json:"image_id"`
		FileName     text    `json:"file_name"`
		OriginalName text    `json:"original_name"`
		FileSize     integer `json:"file_size"`
		Width        integer `json:"width"`
		Height       integer `json:"height"`
	}
	if err := object(raw, &w); err != nil {
		return err
	}
	if w.ImageID == "" {
		return errNoImage
	}
	*i = Image{
		ImageID: string(w.ImageID), FileName: string(w.FileName), OriginalName: string(w.OriginalName),
		FileSize: int(w.FileSize), Width: int(w.Width), Height: int(w.Height), Raw: raw,
	}
	return nil
}

// List returns one page of the ids of stored pictures.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *ImagesService) List(ctx context.Context, p PageParams) (*IDPage, error) {
	return s.c.idPage(ctx, v2+"image_list", p)
}

// All walks over the ids of stored pictures. It ends after the first error,
// which comes with "".
func (s *ImagesService) All(ctx context.Context, p PageParams) iter.Seq2[string, error] {
	return allIDs(p, func(p PageParams) (*IDPage, error) { return s.List(ctx, p) })
}

// Get tells what is known of a stored picture, not the picture itself.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *ImagesService) Get(ctx context.Context, imageID string) (*Image, error) {
	if strings.Trim(imageID, ".") == "" {
		return nil, errors.New("coolsms/legacy: the image's id is missing")
	}
	i := &Image{}
	if err := s.c.do(ctx, get(v2+"images/"+url.PathEscape(imageID), nil), i); err != nil {
		return nil, err
	}
	return i, nil
}

// Delete deletes stored pictures.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *ImagesService) Delete(ctx context.Context, imageIDs ...string) (*Counters, error) {
	return s.c.count(ctx, v2+"delete_images", url.Values{"image_ids": {strings.Join(imageIDs, ",")}})
}
