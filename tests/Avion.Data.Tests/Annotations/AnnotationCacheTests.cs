namespace Avion.Data.Tests;

/// <summary>The cache gives what the file gives, and is made anew wherever it could not.</summary>
public sealed class AnnotationCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _reads;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.pkl")]
    [InlineData("a.csv")]
    [InlineData("labels.csv")]
    public void What_was_read_once_comes_from_the_cache(string name)
    {
        string path = Make(name);
        ClipTable first = Read(path), second = Read(path);
        Assert.Equal(1, _reads);
        Assert.Equal((first.Count, first.Captions.Count, first.LabelCount), (second.Count, second.Captions.Count, second.LabelCount));
        Assert.Equal(first.Videos, second.Videos);
        Assert.Equal(first.Notes, second.Notes);
        Assert.Equal(first.Classes.SelectMany(list => list.Names), second.Classes.SelectMany(list => list.Names));
        for (int clip = 0; clip < first.Count; clip++)
        {
            Assert.Equal((first[clip], first.PlaceOf(clip)), (second[clip], second.PlaceOf(clip)));
            Assert.True(first.LabelsOf(clip).SequenceEqual(second.LabelsOf(clip)));
        }

        for (int caption = 0; caption < first.Captions.Count; caption++)
        {
            Assert.True(first.Captions[caption].Span.SequenceEqual(second.Captions[caption].Span));
            Assert.Equal(first.WeightOf(caption), second.WeightOf(caption));
        }

        // What comes from a cache can be added to.
        second.Add("another video", ClipSpan.Whole, [.. Enumerable.Repeat(0, second.LabelCount)]);
        second.Add(first.Videos[0], ClipSpan.Whole, [.. Enumerable.Repeat(0, second.LabelCount)]);
        second.AddCaption("more");
        Assert.Equal((first.Videos.Count, 0), (second[first.Count].Video, second[first.Count + 1].Video));
        Assert.Equal("more", second.Captions.Text(second[first.Count + 1].FirstCaption));
    }

    [Fact]
    public void A_file_that_changed_is_read_again()
    {
        string path = Make("a.csv");
        Read(path);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-3));
        Read(path);
        Assert.Equal(2, _reads);

        // The same length and time, other bytes.
        DateTime changed = File.GetLastWriteTimeUtc(path);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^3] ^= 1;
        File.WriteAllBytes(path, bytes);
        File.SetLastWriteTimeUtc(path, changed);
        Read(path);
        Assert.Equal(3, _reads);
        Read(path);
        Assert.Equal(3, _reads);
        Read(path, "another way");
        Assert.Equal(4, _reads);
    }

    [Fact]
    public void A_damaged_cache_is_made_anew_and_told()
    {
        string path = Make("a.pkl");
        ClipTable table = Read(path);
        string copy = Assert.Single(Directory.GetFiles(_folder.File("cache")));
        byte[] whole = File.ReadAllBytes(copy);
        Random random = new(4);
        for (int trial = 0; trial < 200; trial++)
        {
            byte[] damaged = random.Next(3) == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            for (int change = random.Next(1, 4); change > 0 && damaged.Length > 0; change--)
            {
                // Half of the changes fall on the head and its counts.
                int at = random.Next(random.Next(2) == 0 ? Math.Min(400, damaged.Length) : damaged.Length);
                damaged[at] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(copy, damaged);
            int before = _reads;
            ClipTable again = Read(path);
            Assert.Equal(table.Count, again.Count);
            Assert.Equal(table.Captions.Text(table.Captions.Count - 1), again.Captions.Text(again.Captions.Count - 1));
            Assert.True(_reads == before + 1 || damaged.AsSpan().SequenceEqual(whole));
        }

        File.WriteAllBytes(copy, [.. whole[..^5], 0, 0, 0, 0, 0]);
        Assert.Contains(Read(path).Notes, note => note.Contains("could not be used") && note.Contains("made anew"));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_stops_nothing()
    {
        string path = Make("a.csv");
        File.WriteAllText(_folder.File("cache"), "a file in the place of the folder");
        Assert.Contains(Read(path).Notes, note => note.Contains("cannot be kept"));
        Assert.Equal(20, Read(path).Count);
    }

    [Fact]
    public void Small_files_are_not_kept()
    {
        string path = Make("a.csv");
        ClipAnnotations.Read(path, new AnnotationOptions { CacheFolder = _folder.File("cache") });
        Assert.False(Directory.Exists(_folder.File("cache")));
    }

    private ClipTable Read(string path, string way = "any") => new AnnotationCache(_folder.File("cache"), minimumBytes: 0).Read(path, way, () =>
    {
        _reads++;
        return path.EndsWith(".pkl", StringComparison.Ordinal) ? NarrationPickle.Read(path, weighsCaptions: true) : CaptionCsv.Read(path);
    });

    private string Make(string name)
    {
        string path = _folder.File(name);
        if (name.EndsWith(".pkl", StringComparison.Ordinal))
        {
            PickledNarrations.Write(path, 1500, 3, withLikelihoods: true, seed: 2);
        }
        else if (name == "a.csv")
        {
            MadeUpTables.WriteCsv(path, 20, seed: 2);
        }
        else
        {
            File.WriteAllText(path, "video,label,caption,weight\na,walk,one,1\nb,run,,2\nc,walk,\u00e9,0.5\n");
        }

        return path;
    }
}
