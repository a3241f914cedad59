package layout

// SuperblockFields are the 1024 bytes of a superblock.
var SuperblockFields = fields(0, `
	s_inodes_count/4 s_blocks_count_lo/4 s_r_blocks_count_lo/4 s_free_blocks_count_lo/4
	s_free_inodes_count/4 s_first_data_block/4 s_log_block_size/4 s_log_cluster_size/4
	s_blocks_per_group/4 s_clusters_per_group/4 s_inodes_per_group/4 s_mtime/4t
	s_wtime/4t s_mnt_count/2 s_max_mnt_count/2 s_magic/2x s_state/2x s_errors/2 s_minor_rev_level/2
	s_lastcheck/4t s_checkinterval/4 s_creator_os/4 s_rev_level/4 s_def_resuid/2 s_def_resgid/2
	s_first_ino/4 s_inode_size/2 s_block_group_nr/2 s_feature_compat/4x s_feature_incompat/4x s_feature_ro_compat/4x
	s_uuid/16u s_volume_name/16s s_last_mounted/64s s_algorithm_usage_bitmap/4x
	s_prealloc_blocks/1 s_prealloc_dir_blocks/1 s_reserved_gdt_blocks/2
	s_journal_uuid/16u s_journal_inum/4 s_journal_dev/4 s_last_orphan/4 s_hash_seed/16u
	s_def_hash_version/1 s_jnl_backup_type/1 s_desc_size/2 s_default_mount_opts/4x s_first_meta_bg/4
	s_mkfs_time/4t s_jnl_blocks/68b
	s_blocks_count_hi/4 s_r_blocks_count_hi/4 s_free_blocks_count_hi/4 s_min_extra_isize/2 s_want_extra_isize/2
	s_flags/4x s_raid_stride/2 s_mmp_interval/2 s_mmp_block/8 s_raid_stripe_width/4
	s_log_groups_per_flex/1 s_checksum_type/1 s_encryption_level/1 s_reserved_pad/1 s_kbytes_written/8
	s_snapshot_inum/4 s_snapshot_id/4 s_snapshot_r_blocks_count/8 s_snapshot_list/4
	s_error_count/4 s_first_error_time/4t s_first_error_ino/4 s_first_error_block/8 s_first_error_func/32s s_first_error_line/4
	s_last_error_time/4t s_last_error_ino/4 s_last_error_line/4 s_last_error_block/8 s_last_error_func/32s
	s_mount_opts/64s s_usr_quota_inum/4 s_grp_quota_inum/4 s_overhead_blocks/4 s_backup_bgs/8b
	s_encrypt_algos/4b s_encrypt_pw_salt/16b s_lpf_ino/4 s_prj_quota_inum/4 s_checksum_seed/4x
	s_wtime_hi/1 s_mtime_hi/1 s_mkfs_time_hi/1 s_lastcheck_hi/1 s_first_error_time_hi/1 s_last_error_time_hi/1
	s_first_error_errcode/1 s_last_error_errcode/1 s_encoding/2 s_encoding_flags/2x s_orphan_file_inum/4
	s_reserved/376b s_checksum/4x`)

var shortGroupFields = fields(0, `
	bg_block_bitmap_lo/4 bg_inode_bitmap_lo/4 bg_inode_table_lo/4
	bg_free_blocks_count_lo/2 bg_free_inodes_count_lo/2 bg_used_dirs_count_lo/2 bg_flags/2x
	bg_exclude_bitmap_lo/4 bg_block_bitmap_csum_lo/2x bg_inode_bitmap_csum_lo/2x bg_itable_unused_lo/2 bg_checksum/2x`)

var longGroupFields = append(shortGroupFields[:len(shortGroupFields):len(shortGroupFields)], fields(32, `
	bg_block_bitmap_hi/4 bg_inode_bitmap_hi/4 bg_inode_table_hi/4
	bg_free_blocks_count_hi/2 bg_free_inodes_count_hi/2 bg_used_dirs_count_hi/2 bg_itable_unused_hi/2
	bg_exclude_bitmap_hi/4 bg_block_bitmap_csum_hi/2x bg_inode_bitmap_csum_hi/2x bg_reserved/4b`)...)

// GroupFields are the fields of a group descriptor of size bytes; what lies behind
// 64 bytes is not in use.
func GroupFields(size int) []Field {
	switch {
	case size < 64:
		return shortGroupFields
	case size == 64:
		return longGroupFields
	}
	return append(longGroupFields[:len(longGroupFields):len(longGroupFields)], Field{Name: "bytes not in use", Off: 64, Len: size - 64})
}

// InodeFields are the first 128 bytes of an inode; those behind are InodeExtraFields.
var InodeFields = fields(0, `
	i_mode/2o i_uid/2 i_size_lo/4 i_atime/4t i_ctime/4t i_mtime/4t i_dtime/4t i_gid/2 i_links_count/2
	i_blocks_lo/4 i_flags/4x i_version/4 i_block/60b i_generation/4 i_file_acl_lo/4 i_size_high/4 i_obso_faddr/4
	i_blocks_high/2 i_file_acl_high/2 i_uid_high/2 i_gid_high/2 i_checksum_lo/2x i_reserved/2b`)

// InodeExtraFields lie behind the first 128 bytes, as far as i_extra_isize says.
var InodeExtraFields = fields(128, `
	i_extra_isize/2 i_checksum_hi/2x i_ctime_extra/4e i_mtime_extra/4e i_atime_extra/4e
	i_crtime/4t i_crtime_extra/4e i_version_hi/4 i_projid/4`)

// Fields of a directory's records. DirentFields is the head of an entry, in front of its name.
var (
	DirentFields    = fields(0, `inode/4 rec_len/2 name_len/1 file_type/1`)
	DirTailFields   = fields(0, `det_reserved_zero1/4 det_rec_len/2 det_reserved_zero2/1 det_reserved_ft/1x det_checksum/4x`)
	DxInfoFields    = fields(0, `reserved_zero/4 hash_version/1 info_length/1 indirect_levels/1 unused_flags/1`)
	DxCountFields   = fields(0, `limit/2 count/2 block/4`)
	DxEntryFields   = fields(0, `hash/4x block/4`)
	DxTailFields    = fields(0, `dt_reserved/4 dt_checksum/4x`)
	OrphanTailField = fields(0, `ob_magic/4x ob_checksum/4x`)
)

// Fields of the map of a file.
var (
	ExtentHeaderFields = fields(0, `eh_magic/2x eh_entries/2 eh_max/2 eh_depth/2 eh_generation/4`)
	ExtentFields       = fields(0, `ee_block/4 ee_len/2 ee_start_hi/2 ee_start_lo/4`)
	ExtentIndexFields  = fields(0, `ei_block/4 ei_leaf_lo/4 ei_leaf_hi/2 ei_unused/2`)
	ExtentTailFields   = fields(0, `eb_checksum/4x`)
)

// Fields of extended attributes.
var (
	XattrHeaderFields = fields(0, `h_magic/4x h_refcount/4 h_blocks/4 h_hash/4x h_checksum/4x h_reserved/12b`)
	XattrIbodyFields  = fields(0, `h_magic/4x`)
	XattrEntryFields  = fields(0, `e_name_len/1 e_name_index/1 e_value_offs/2 e_value_inum/4 e_value_size/4 e_hash/4x`)
)

// Fields of the journal's blocks. JournalHeaderFields open every block that is no copy.
var (
	JournalHeaderFields = fields(0, `h_magic/4X h_blocktype/4B h_sequence/4B`)
	JournalCommitFields = append(JournalHeaderFields[:3:3], fields(12, `
		h_chksum_type/1 h_chksum_size/1 h_padding/2b h_chksum/32b h_commit_sec/8B h_commit_nsec/4B`)...)
	JournalSuperblockFields = append(JournalHeaderFields[:3:3], fields(12, `
		s_blocksize/4B s_maxlen/4B s_first/4B s_sequence/4B s_start/4B s_errno/4B
		s_feature_compat/4X s_feature_incompat/4X s_feature_ro_compat/4X s_uuid/16u s_nr_users/4B s_dynsuper/4B
		s_max_transaction/4B s_max_trans_data/4B s_checksum_type/1 s_padding2/3b s_num_fc_blks/4B s_head/4B s_padding/160b
		s_checksum/4X s_users/768b`)...)
)

// MMPFields are the 1024 bytes of multiple mount protection that are in use.
var MMPFields = fields(0, `
	mmp_magic/4x mmp_seq/4x mmp_time/8t mmp_nodename/64s mmp_bdevname/32s mmp_check_interval/2 mmp_pad1/2b mmp_pad2/904b mmp_checksum/4x`)

// QuotaInfoFields open a quota file.
var QuotaInfoFields = fields(0, `
	dqh_magic/4x dqh_version/4 dqi_bgrace/4 dqi_igrace/4 dqi_flags/4x dqi_blocks/4 dqi_free_blk/4 dqi_free_entry/4`)
