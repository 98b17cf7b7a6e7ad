using System.Formats.Tar;

namespace Avion.Data.Tests;

public sealed class TarShardsTests
{
    [Theory]
    [InlineData("a.tar", "a.tar")]
    [InlineData("a-{8..11}.tar", "a-8.tar a-9.tar a-10.tar a-11.tar")]
    [InlineData("a-{008..010}.tar", "a-008.tar a-009.tar a-010.tar")]
    [InlineData("{0..1}/{5..6}", "0/5 0/6 1/5 1/6")]
    public void Ranges_in_braces_are_shard_names(string pattern, string expected) =>
        Assert.Equal(expected.Split(' '), TarShards.Expand(pattern));

    [Theory]
    [InlineData("a-{3..1}.tar")]
    [InlineData("a-{x..y}.tar")]
    [InlineData("a-{3.tar")]
    [InlineData("a-}1..2{.tar")]
    public void Other_braces_are_errors(string pattern) => Assert.Throws<DataException>(() => TarShards.Expand(pattern));

    [Fact]
    public void Members_are_found_at_their_place_in_the_shard()
    {
        using TemporaryFolder folder = new();
        string longName = $"deep/{new string('x', 150)}";
        Write(folder.File("0.tar"), ("a.mp4", "video a"), ("a.txt", " a caption\n"), ("a.cls", "3"), ("note.md", "ignored"));
        Write(folder.File("1.tar"), ($"{longName}.mp4", "video b"), ($"{longName}.txt", "größer"), ($"{longName}.cls", "5"));
        TarShards shards = new(folder.File("{0..1}.tar"));
        foreach ((string name, string content, string shard) in new[] { ("a", "video a", "0.tar"), (longName, "video b", "1.tar") })
        {
            VideoSource source = shards.Find(name).SourceOf(0);
            Assert.Equal(folder.File(shard), source.Path);
            byte[] bytes = File.ReadAllBytes(source.Path)[(int)source.Offset..(int)(source.Offset + source.Length)];
            Assert.Equal(content, Encoding.UTF8.GetString(bytes));
        }

        ClipTable table = shards.ReadAnnotations();
        Assert.Equal(["a", longName], table.Videos);
        Assert.Equal("größer", table.Captions.Text(1));
        Assert.Equal([3, 5], new[] { table.LabelsOf(0)[0], table.LabelsOf(1)[0] });
    }

    [Fact]
    public void Missing_damaged_and_contradictory_shards_are_one_sentence()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("empty.tar"), ("a.txt", "x"));
        Write(folder.File("half.tar"), ("a.mp4", "x"), ("b.mp4", "y"), ("a.cls", "1"), ("b.txt", "y"));
        Write(folder.File("twice.tar"), ("a.mp4", "x"), ("a.mp4", "y"));
        Write(folder.File("class.tar"), ("a.mp4", "x"), ("a.cls", "cat"));
        File.WriteAllBytes(folder.File("text.tar"), Encoding.ASCII.GetBytes(new string('z', 2000)));
        foreach ((string name, string message) in new[]
        {
            ("gone.tar", "gone.tar"), ("empty.tar", "no members"), ("twice.tar", "second time"), ("class.tar", "got 'cat'"),
            ("text.tar", "text.tar"),
        })
        {
            Assert.Contains(message, Assert.Throws<DataException>(() => new TarShards(folder.File(name))).Message);
        }

        Assert.Contains("'b'", Assert.Throws<DataException>(() => new TarShards(folder.File("half.tar")).ReadAnnotations()).Message);
        Assert.Contains("'c' is missing", Assert.Throws<DataException>(() => new TarShards(folder.File("half.tar")).Find("c")).Message);
    }

    private static void Write(string path, params (string Name, string Content)[] members)
    {
        using TarWriter writer = new(File.Create(path), TarEntryFormat.Pax, leaveOpen: false);
        foreach ((string name, string content) in members)
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile,
                name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
        }
    }
}
