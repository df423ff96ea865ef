-- Merges the sightings of a search that are not there yet. A match that is there stays as it was found; of a track that has
-- a match no second one is made, whichever of its faces is the nearest by now.
-- band, expected_false_matches and population are written down as they are now: what holds later is told by match_now.
-- Use: match_faces(run, Search()), of include/matching/match.py
MERGE facewarden_biometrics.match AS T
USING (
  SELECT candidate.*
  FROM $candidates AS candidate
  -- Once more: a consent may have been withdrawn since the search began.
  JOIN facewarden_biometrics.live_subject AS live ON live.subject_id = candidate.subject_id
  LEFT JOIN (
    -- A match from before tracks were counted together does not name its track; its face does.
    SELECT DISTINCT match.subject_id, match.sha256, match.engine, IFNULL(match.track, face.track) AS track
    FROM facewarden_biometrics.match AS match
    LEFT JOIN facewarden_biometrics.face AS face ON face.face_id = match.face_id
  ) AS known
    ON known.subject_id = candidate.subject_id AND known.sha256 = candidate.sha256
    AND known.engine = candidate.engine AND known.track = candidate.track
  WHERE known.subject_id IS NULL
) AS S
ON T.subject_id = S.subject_id AND T.face_id = S.face_id
WHEN NOT MATCHED THEN
  INSERT (
    subject_id, face_id, sha256, engine, distance, band, threshold, false_match_rate, expected_false_matches, population,
    matched_at, run_key, cohort, track, faces, spreads, rate, rate_low, rate_high, quality, warning
  )
  VALUES (
    S.subject_id, S.face_id, S.sha256, S.engine, S.distance,
    facewarden_biometrics.match_band(S.rate_high, S.searched, S.quality),
    S.threshold, S.false_match_rate, S.expected_false_matches, S.searched, CURRENT_TIMESTAMP(), @run_key, S.cohort, S.track,
    S.faces, S.spreads, S.rate, S.rate_low, S.rate_high, S.quality, S.warning
  );
