using System.Security.Cryptography;

namespace Avion.Files.Tests;

public sealed class DurableFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_is_not_completed_leaves_the_older_one_and_nothing_else()
    {
        string path = _folder.File("a.txt");
        DurableFiles.WriteText(path, "old");
        using (AtomicFile file = new(path))
        {
            file.Stream.Write("new"u8);
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public void A_completed_file_replaces_the_older_one()
    {
        string path = _folder.File("a.txt");
        DurableFiles.WriteText(path, "old");
        DurableFiles.Write(path, "née"u8);
        Assert.Equal("née", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public void A_copy_has_the_same_digest_and_a_changed_byte_another()
    {
        byte[] content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        string source = _folder.File("source"), copy = _folder.File("copy");
        File.WriteAllBytes(source, content);
        DurableFiles.Copy(source, copy);
        Assert.Equal(new FileDigest(content.Length, Convert.ToHexStringLower(SHA256.HashData(content))), FileDigest.Of(copy));
        content[^1] ^= 1;
        File.WriteAllBytes(copy, content);
        Assert.NotEqual(FileDigest.Of(source), FileDigest.Of(copy));
    }

    [Fact]
    public void A_folder_is_renamed_with_its_content_and_one_that_is_missing_need_not_be_removed()
    {
        Directory.CreateDirectory(_folder.File("one"));
        File.WriteAllText(_folder.File("one", "x"), "x");
        DurableFiles.RenameFolder(_folder.File("one"), _folder.File("two"));
        Assert.Equal("x", File.ReadAllText(_folder.File("two", "x")));
        DurableFiles.DeleteFolder(_folder.File("two"));
        DurableFiles.DeleteFolder(_folder.File("two"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }
}
