package compare

// fieldWords are the words that dumpe2fs has for fields of the superblock and of group descriptors.
var fieldWords = map[string]string{
	"s_inodes_count": "Inode count", "s_blocks_count_lo": "Block count", "s_r_blocks_count_lo": "Reserved block count",
	"s_free_blocks_count_lo": "Free blocks", "s_free_inodes_count": "Free inodes", "s_first_data_block": "First block",
	"s_log_block_size": "Block size", "s_log_cluster_size": "Cluster size", "s_blocks_per_group": "Blocks per group",
	"s_clusters_per_group": "Clusters per group", "s_inodes_per_group": "Inodes per group", "s_mtime": "Last mount time",
	"s_wtime": "Last write time", "s_mnt_count": "Mount count", "s_max_mnt_count": "Maximum mount count", "s_state": "Filesystem state",
	"s_errors": "Errors behavior", "s_lastcheck": "Last checked", "s_checkinterval": "Check interval", "s_creator_os": "Filesystem OS type",
	"s_rev_level": "Filesystem revision", "s_def_resuid": "Reserved blocks uid", "s_def_resgid": "Reserved blocks gid",
	"s_first_ino": "First inode", "s_inode_size": "Inode size", "s_feature_compat": "Filesystem features (compatible)",
	"s_feature_incompat": "Filesystem features (incompatible)", "s_feature_ro_compat": "Filesystem features (read-only compatible)",
	"s_uuid": "Filesystem UUID", "s_volume_name": "Filesystem volume name", "s_last_mounted": "Last mounted on",
	"s_reserved_gdt_blocks": "Reserved GDT blocks", "s_journal_uuid": "Journal UUID", "s_journal_inum": "Journal inode",
	"s_journal_dev": "Journal device", "s_last_orphan": "First orphan inode", "s_hash_seed": "Directory Hash Seed",
	"s_def_hash_version": "Default directory hash", "s_jnl_backup_type": "Journal backup", "s_jnl_blocks": "Journal backup",
	"s_desc_size": "Group descriptor size", "s_default_mount_opts": "Default mount options", "s_first_meta_bg": "First meta block group",
	"s_mkfs_time": "Filesystem created", "s_min_extra_isize": "Required extra isize", "s_want_extra_isize": "Desired extra isize",
	"s_flags": "Filesystem flags", "s_raid_stride": "RAID stride", "s_raid_stripe_width": "RAID stripe width",
	"s_log_groups_per_flex": "Flex block group size", "s_checksum_type": "Checksum type", "s_kbytes_written": "Lifetime writes",
	"s_error_count": "FS Error count", "s_first_error_time": "First error time", "s_last_error_time": "Last error time",
	"s_mount_opts": "Mount options", "s_overhead_clusters": "Overhead clusters", "s_overhead_blocks": "Overhead clusters",
	"s_encoding": "Character encoding", "s_checksum_seed": "Checksum seed", "s_checksum": "Checksum", "s_lpf_ino": "Lost and found inode",
	"bg_free_blocks_count_lo": "free blocks", "bg_free_inodes_count_lo": "free inodes", "bg_used_dirs_count_lo": "directories",
	"bg_itable_unused_lo": "unused inodes", "bg_checksum": "checksum", "bg_flags": "flags", "bg_block_bitmap_lo": "block bitmap at",
	"bg_inode_bitmap_lo": "inode bitmap at", "bg_inode_table_lo": "inode table at",
	"bg_block_bitmap_csum_lo": "checksum of the block bitmap", "bg_inode_bitmap_csum_lo": "checksum of the inode bitmap",
}

// words puts the words of dumpe2fs before the kernel's name of a field.
func words(field string) string {
	if w := fieldWords[field]; w != "" {
		return w + " (" + field + ")"
	}
	return field
}
