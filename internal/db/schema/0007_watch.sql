-- +goose Up

-- outbox: the ended groups, to erase the old ones. Ended is a group's last
-- state, so the index is written once for each.
CREATE INDEX provider_groups_ended ON provider_groups (ended_at) WHERE ended_at IS NOT NULL;
