using System.Formats.Tar;
using Avion.Testing;

namespace Avion.Data.Tests;

public sealed class TarShardsTests
{
    [Theory]
    [InlineData("a.tar", "a.tar")]
    [InlineData("a-{8..11}.tar", "a-8.tar a-9.tar a-10.tar a-11.tar")]
    [InlineData("a-{008..010}.tar", "a-008.tar a-009.tar a-010.tar")]
    [InlineData("{0..1}/{5..6}", "0/5 0/6 1/5 1/6")]
    [InlineData("{a,b,07..09}.tar", "a.tar b.tar 07.tar 08.tar 09.tar")]
    public void Ranges_in_braces_are_shard_names(string pattern, string expected) =>
        Assert.Equal(expected.Split(' '), ShardFiles.Expand(pattern));

    [Theory]
    [InlineData("a-{3..1}.tar")]
    [InlineData("a-{x..y}.tar")]
    [InlineData("a-{3.tar")]
    [InlineData("a-}1..2{.tar")]
    public void Other_braces_are_errors(string pattern) => Assert.Throws<DataException>(() => ShardFiles.Expand(pattern));

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
        Assert.Equal(["a.mp4", $"{longName}.mp4"], table.Videos);
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
        Write(folder.File("class.tar"), ("a.mp4", "x"), ("a.cls", ""));
        File.WriteAllBytes(folder.File("text.tar"), Encoding.ASCII.GetBytes(new string('z', 2000)));
        foreach ((string name, string message) in new[]
        {
            ("gone.tar", "gone.tar"), ("empty.tar", "no members"), ("twice.tar", "second time"), ("text.tar", "text.tar"),
        })
        {
            Assert.Contains(message, Assert.Throws<DataException>(() => new TarShards(folder.File(name))).Message);
        }

        Assert.Contains("the name or the number of a class",
            Assert.Throws<DataException>(() => new TarShards(folder.File("class.tar")).ReadAnnotations()).Message);
        Assert.Contains("'b.mp4'", Assert.Throws<DataException>(() => new TarShards(folder.File("half.tar")).ReadAnnotations()).Message);
        Assert.Contains("'c' is missing", Assert.Throws<DataException>(() => new TarShards(folder.File("half.tar")).Find("c")).Message);
    }

    /// <summary>What others write: captions and classes in text or in JSON, names of classes, several captions.</summary>
    [Fact]
    public void Captions_and_classes_of_json_and_text_members_are_read()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("0.tar"), ("b.webm", "v"), ("b.json", """{"caption": ["one", "two"], "label": "run", "width": 3, "deep": {"text": "no"}}"""),
            ("c.mp4", "v"), ("c.txt", "one"), ("c.json", """{"text": "one", "cls": "jump"}"""), ("d.mp4", "without"));
        Write(folder.File("1.tar"), ("a.mp4", "v"), ("a.txt", "three"), ("a.cls", "run"));
        ClipTable table = new TarShards(folder.FullName).ReadAnnotations();
        Assert.Equal(["a.mp4", "b.webm", "c.mp4"], table.Videos);
        Assert.Equal([1, 2, 1], Enumerable.Range(0, 3).Select(clip => table[clip].CaptionCount));
        Assert.Equal(["three", "one", "two", "one"], Enumerable.Range(0, 4).Select(table.Captions.Text));
        Assert.Equal(["jump", "run"], table.Classes[0].Names);
        Assert.Equal([1, 1, 0], Enumerable.Range(0, 3).Select(clip => table.LabelsOf(clip)[0]));
    }

    /// <summary>The rule of all annotations: what is of no use is left out and told.</summary>
    [Fact]
    public void Captions_without_words_and_videos_without_any_are_left_out_and_counted()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("0.tar"), ("a.mp4", "v"), ("a.txt", " \n"), ("b.mp4", "v"), ("b.json", """{"caption": ["", "two"]}"""), ("c.mp4", "v"));
        ClipTable table = new TarShards(folder.File("0.tar")).ReadAnnotations();
        Assert.Equal(["b.mp4"], table.Videos);
        Assert.Equal("two", table.Captions.Text(0));
        Assert.Contains(table.Notes, note => note.Contains("2 captions without words", StringComparison.Ordinal));
        Assert.Contains(table.Notes, note => note.Contains("1 of 3 videos", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_that_several_shards_have_are_told_apart_by_the_shard()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("0.tar"), ("1.mp4", "first"), ("1.txt", "a"), ("2.mp4", "own"), ("2.txt", "c"));
        Write(folder.File("1.tar"), ("1.mp4", "second"), ("1.txt", "b"));
        TarShards shards = new(folder.File("{0..1}.tar"));
        ClipTable table = shards.ReadAnnotations();
        Assert.Equal(["0.tar/1.mp4", "1.tar/1.mp4", "2.mp4"], table.Videos);
        Assert.Equal(["first", "second", "own"], table.Videos.Select(name => Text(shards.Find(name).SourceOf(0))));
        Assert.Equal("own", Text(shards.Find("2").SourceOf(0)));
        Assert.Contains("'0.tar/1.mp4' or '1.tar/1.mp4'", Assert.Throws<DataException>(() => shards.Find("1")).Message);
    }

    [Fact]
    public void A_folder_of_prepared_shards_is_its_finished_shards()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("shard-000000.tar"), ("P01/a.mp4/0.mp4", "x"), ("P01/a.mp4/15.mp4", "y"), ("P01/a.mp4/0.json", "{}"));
        Write(folder.File("shard-000001.tar"), ("P01/a.mp4/0.mp4", "unfinished"));
        File.WriteAllText(folder.File("shards.jsonl"), "{\"shard\":\"shard-000000.tar\",\"number\":0}\n{\"shard\":\"sha");
        VideoStore store = VideoStore.Open(folder.FullName, 15);
        Assert.Equal(2, Assert.IsType<TarShards>(store).Find("a").ChunkCount);
        Assert.Contains("chunk_seconds", Assert.Throws<DataException>(() => VideoStore.Open(folder.FullName, 10)).Message);
        Assert.Contains("Name annotation files", Assert.Throws<DataException>(() => ((TarShards)store).ReadAnnotations()).Message);
        Assert.Equal(["P01/a.mp4/0.mp4", "P01/a.mp4/15.mp4"], VideoStore.Open(folder.FullName, 0).ListWhole().Videos);
    }

    [Theory]
    [InlineData("a.json", "[1]", "an object")]
    [InlineData("a.json", "{\"caption\": 3}", "a text")]
    [InlineData("a.json", "{\"caption\": \"\\ud800\"}", "a.json")]
    [InlineData("a.json", "{\"caption\": \"a\\u0000b\"}", "a.json")]
    [InlineData("a.json", "{", "not JSON")]
    [InlineData("a.cls", " ", "the name or the number of a class")]
    public void A_wrong_member_is_named(string name, string content, string message)
    {
        using TemporaryFolder folder = new();
        Write(folder.File("0.tar"), ("a.mp4", "v"), (name, content));
        string said = Assert.Throws<DataException>(() => new TarShards(folder.File("0.tar")).ReadAnnotations()).Message;
        Assert.Contains($"0.tar/{name}", said);
        Assert.Contains(message, said);
    }

    /// <summary>Damaged shards of others: what can be read is, the rest is a sentence.</summary>
    [Fact]
    public void Mutated_shards_are_read_or_refused_and_nothing_else()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("good.tar"), ("a.mp4", "video a"), ("a.txt", "caption"), ("a.json", """{"label": [1, 2], "caption": ["x"]}"""),
            ("b.mp4", new string('v', 700)), ("b.json", """{"label": [3, 4], "text": "y"}"""), ("c/d.webm", "w"), ("c/d.json", """{"label": [0, 0]}"""));
        byte[] good = File.ReadAllBytes(folder.File("good.tar"));
        string path = folder.File("mutated.tar");
        int trials = Mutation.Try(TimeSpan.FromSeconds(2), [good], bytes =>
        {
            File.WriteAllBytes(path, bytes);
            TarShards shards = new(path);
            ClipTable table = shards.ReadAnnotations();
            foreach (string video in table.Videos)
            {
                VideoSource source = shards.Find(video).SourceOf(0);
                Assert.True(source.Offset >= 0 && source.Length >= 0 && source.Offset + source.Length <= bytes.Length);
            }
        }, error => error is DataException && error.Message.Contains("mutated.tar", StringComparison.Ordinal));
        Assert.True(trials > 50, $"{trials} trials");
    }

    private static string Text(VideoSource source) =>
        Encoding.UTF8.GetString(File.ReadAllBytes(source.Path)[(int)source.Offset..(int)(source.Offset + source.Length)]);

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
