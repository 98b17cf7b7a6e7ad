using Avion.Testing;
using System.Diagnostics;
using System.IO.Compression;

namespace Avion.Data.Tests;

public sealed class BytePairTokenizerTests(ITestOutputHelper output)
{
    public static IEnumerable<TheoryDataRow<string, int[]>> PublishedCases()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Repository.Asset("data", "tokenizer.json")));
        foreach (JsonElement entry in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            yield return new(entry.GetProperty("text").GetString()!,
                [.. entry.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())]);
        }
    }

    [Theory]
    [MemberData(nameof(PublishedCases))]
    public void Tokens_are_those_of_the_reference(string text, int[] ids) => Assert.Equal(ids, ClipVocabulary.Tokenizer.Encode(text));

    [Theory]
    [InlineData("")]
    [InlineData(" \n\n")]
    public void An_empty_file_is_no_vocabulary(string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("merges.txt"), text);
        string message = Assert.Throws<DataException>(() => BytePairVocabulary.ReadMerges(folder.File("merges.txt"))).Message;
        Assert.Contains($"'{folder.File("merges.txt")}'", message);
    }

    [Fact]
    public void The_published_vocabulary_has_49408_tokens()
    {
        BytePairTokenizer tokenizer = ClipVocabulary.Tokenizer;
        Assert.Equal(49408, tokenizer.VocabularySize);
        Assert.Equal(49406, tokenizer.Vocabulary.StartOfText);
        Assert.Equal(49407, tokenizer.Vocabulary.EndOfText);
    }

    [Theory]
    [InlineData("<start_of_text> a <END_OF_TEXT>", new[] { 49406, 49406, 320, 49407, 49407 })]
    public void Markers_in_a_caption_are_tokens(string text, int[] ids) => Assert.Equal(ids, ClipVocabulary.Tokenizer.Encode(text));

    [Fact]
    public void A_marker_that_touches_punctuation_is_punctuation() =>
        Assert.Single(ClipVocabulary.Tokenizer.Encode("!<start_of_text>"), 49406);

    [Fact]
    public void A_caption_that_is_too_long_is_cut_with_end_of_text_last()
    {
        int[] tokens = ClipVocabulary.Tokenizer.Encode("word word word word", contextLength: 4);
        Assert.Equal([49406, 2653, 2653, 49407], tokens);
        Assert.Equal([49406, 49407], ClipVocabulary.Tokenizer.Encode("word", contextLength: 2));
        Assert.Throws<ArgumentException>(() => ClipVocabulary.Tokenizer.Encode("word", contextLength: 1));
    }

    [Fact]
    public void Repaired_captions_give_the_tokens_of_their_plain_form()
    {
        BytePairTokenizer tokenizer = ClipVocabulary.Tokenizer;
        Assert.Equal(tokenizer.Encode("café"), tokenizer.Encode("CAFE\u0301"));
        Assert.Equal(tokenizer.Encode("it's"), tokenizer.Encode("it\u2019s"));
        Assert.Equal(tokenizer.Encode("a<b"), tokenizer.Encode("a&amp;lt;b"));
        Assert.Equal(tokenizer.Encode("red cup"), tokenizer.Encode("\u001b[31mred\u001b[0m c\u0000up\ufeff"));
        Assert.Equal(tokenizer.Encode("office \"fun\""), tokenizer.Encode("o\uFB03ce \u201Cfun\u201D"));
        Assert.Equal(tokenizer.Encode("\u00E9"), tokenizer.Encode("&EACUTE;"));
    }

    [Fact]
    public void The_merges_file_reads_the_same_as_text_gzip_and_module()
    {
        using TemporaryFolder folder = new();
        string script = File.ReadAllText(ClipVocabulary.Path);
        int start = script.IndexOf("\"text\"", StringComparison.Ordinal) + 6;
        start = script.IndexOf('"', start);
        string text = JsonSerializer.Deserialize<string>(script[start..(script.LastIndexOf('"') + 1)])!;
        string plain = folder.File("merges.txt"), zipped = folder.File("merges.txt.gz");
        File.WriteAllText(plain, text, new UTF8Encoding(false));
        using (GZipStream zip = new(File.Create(zipped), CompressionLevel.Fastest))
        {
            zip.Write(Encoding.UTF8.GetBytes(text));
        }

        const string caption = "#C C picks up the knife – naïve résumé 🙂";
        Assert.Equal(ClipVocabulary.Tokenizer.Encode(caption), BytePairTokenizer.Load(plain).Encode(caption));
        Assert.Equal(ClipVocabulary.Tokenizer.Encode(caption), BytePairTokenizer.Load(zipped).Encode(caption));
    }

    [Fact]
    public void Decoding_gives_the_words_back()
    {
        BytePairTokenizer tokenizer = ClipVocabulary.Tokenizer;
        Assert.Equal("# c c picks up the knife", tokenizer.Decode(tokenizer.Encode("#C C picks up  the knife")));
        Assert.Equal("日本語 テスト", tokenizer.Decode(tokenizer.Encode("日本語 テスト")));
    }

    [Fact]
    public void Random_text_never_fails_and_keeps_its_bytes_within_the_context()
    {
        BytePairTokenizer tokenizer = ClipVocabulary.Tokenizer;
        Random random = new(3);
        int[] tokens = new int[77];
        byte[] garbage = new byte[200];
        for (int i = 0; i < 2000; i++)
        {
            random.NextBytes(garbage);
            int count = tokenizer.Encode(garbage.AsSpan(0, random.Next(garbage.Length)), tokens);
            Assert.InRange(count, 2, 77);
            Assert.Equal(49407, tokens[count - 1]);
            Assert.All(tokens[..count], token => Assert.InRange(token, 0, 49407));
        }
    }

    [Fact]
    public void A_word_of_a_million_letters_is_no_problem()
    {
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal(77, ClipVocabulary.Tokenizer.Encode(new string('x', 1_000_000)).Length);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public void A_million_captions_a_minute_on_one_core_without_allocating()
    {
        BytePairTokenizer tokenizer = ClipVocabulary.Tokenizer;
        string[] verbs = ["picks", "puts", "cuts", "washes", "opens", "closes", "moves", "holds"];
        string[] nouns = ["knife", "spoon", "pan", "carrot", "bag of clothes", "drawer", "fridge door", "chopping board", "phone",
            "left hand"];
        byte[][] captions = [.. Enumerable.Range(0, 4000).Select(i =>
            Encoding.UTF8.GetBytes($"#C C {verbs[i % 8]} the {nouns[i / 8 % 10]} with {(i * 7) % 100} things from the {nouns[i / 80 % 10]}."))];
        int[] tokens = new int[77];
        long total = 0;
        foreach (byte[] caption in captions)
        {
            total += tokenizer.Encode(caption, tokens);
        }

        Stopwatch watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int rounds = 50;
        for (int round = 0; round < rounds; round++)
        {
            foreach (byte[] caption in captions)
            {
                total += tokenizer.Encode(caption, tokens);
            }
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        double perMinute = captions.Length * rounds / watch.Elapsed.TotalMinutes;
        output.WriteLine($"{perMinute / 1e6:F1} million captions a minute, {total / (double)(captions.Length * (rounds + 1)):F1} tokens each");
        Assert.Equal(0, allocated);
        Assert.True(perMinute > 1e6, $"{perMinute:F0} captions a minute");
    }

    [Theory]
    [InlineData("header\nab\n", "line 2")]
    [InlineData("header\na b\nab c d\n", "line 3")]
    [InlineData("header\na b\nxyz c\n", "line 3")]
    public void A_wrong_vocabulary_is_refused_with_its_line(string content, string where)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("merges.txt"), content);
        DataException error = Assert.Throws<DataException>(() => BytePairVocabulary.Load(folder.File("merges.txt")));
        Assert.Contains(where, error.Message);
        Assert.Contains("merges.txt", error.Message);
    }

    [Fact]
    public void A_missing_vocabulary_is_one_sentence() =>
        Assert.Contains("/nowhere/merges.txt", Assert.Throws<DataException>(() => BytePairVocabulary.Load("/nowhere/merges.txt")).Message);
}
