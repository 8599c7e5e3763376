-- Records of consent loaded from one file (授权批量导入) are one batch, so that it is sealed once and not row by row.
ALTER TABLE data.consent DROP CONSTRAINT consent_row_no_check;
ALTER TABLE data.consent ADD CONSTRAINT consent_row_no_check CHECK (row_no >= 0);
