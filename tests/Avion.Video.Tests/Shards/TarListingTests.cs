using Avion.Testing;

namespace Avion.Video.Tests;

/// <summary>Headers of tar archives are believed as far as the archive bears them out.</summary>
public sealed class TarListingTests : IDisposable
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 700).Select(value => (byte)value)];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("v7")]
    [InlineData("ustar")]
    [InlineData("gnu")]
    [InlineData("pax")]
    public async Task Members_are_where_the_tar_program_put_them(string format)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the tar program");
        string deep = format == "v7" ? "d" : string.Join('/', Enumerable.Repeat("a-folder-with-a-rather-long-name", 6));
        string last = format is "gnu" or "pax" ? new string('n', 180) + ".mp4" : "é.mp4";
        Directory.CreateDirectory(_folder.File("tree", deep));
        foreach ((string name, int bytes) in new[] { ("a.mp4", 700), (deep + "/" + last, 512), ("empty.mp4", 0), ("note.txt", 5) })
        {
            File.WriteAllBytes(_folder.File("tree", name), [.. Enumerable.Range(bytes, bytes).Select(value => (byte)value)]);
        }

        File.CreateSymbolicLink(_folder.File("tree", "link.mp4"), "a.mp4");
        ProcessResult made = await ChildProcess.RunAsync("tar", [$"--format={format}", "-cf", _folder.File("x.tar"), "."], _folder.File("tree"));
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        TarListing listing = Read();
        Assert.Empty(listing.Problems);
        Assert.Equal(new[] { "a.mp4", deep + "/" + last, "empty.mp4" }.Order(), listing.Members.Select(member => member.Name).Order());
        byte[] archive = File.ReadAllBytes(_folder.File("x.tar"));
        foreach (TarMember member in listing.Members)
        {
            Assert.Equal(
                File.ReadAllBytes(_folder.File("tree", member.Name)), archive[(int)member.Offset..(int)(member.Offset + member.Length)]);
        }
    }

    [Fact]
    public void A_size_in_base_256_is_a_size()
    {
        Write(TarText.Member("a.mp4", s_content, change: header => TarText.Base256(header, s_content.Length)), Good("b.mp4"), End());
        TarListing listing = Read();
        Assert.Empty(listing.Problems);
        Assert.Equal([new TarMember("a.mp4", 512, 700), new TarMember("b.mp4", 2048, 700)], listing.Members);
    }

    [Theory]
    [InlineData("base 256", "declares 1000000 bytes")]
    [InlineData("negative", "impossible number")]
    [InlineData("pax size", "declares 4000000000 bytes")]
    [InlineData("pax header", "declares 8589934591 bytes")]
    [InlineData("pax record", "extended header at byte 1536 is damaged")]
    [InlineData("letters", "letters where a number is expected")]
    [InlineData("sum", "header at byte 1536 is damaged")]
    [InlineData("cut", "1000 follow")]
    [InlineData("half a header", "middle of the header")]
    public void At_damage_the_list_ends_and_says_so(string damage, string sentence)
    {
        byte[] bad = damage switch
        {
            "base 256" => TarText.Member("b.mp4", s_content, change: header => TarText.Base256(header, 1_000_000)),
            "negative" => TarText.Member("b.mp4", s_content, change: header => header.AsSpan(124, 12).Fill(0xFF)),
            "pax size" => [.. TarText.Member("x", "19 size=4000000000\n"u8, 'x'), .. Good("b.mp4")],
            "pax header" => TarText.Member("x", s_content, 'x', header => "77777777777"u8.CopyTo(header.AsSpan(124))),
            "pax record" => TarText.Member("x", "99 path=b.mp4\n"u8, 'x'),
            "letters" => TarText.Member("b.mp4", s_content, change: header => "0000b"u8.CopyTo(header.AsSpan(124))),
            "sum" => [.. Good("b.mp4")[..148], (byte)'7', .. Good("b.mp4")[149..]],
            "cut" => [.. TarText.Member("b.mp4", s_content, change: header => TarText.Base256(header, 5000))[..1512]],
            _ => Good("b.mp4")[..100],
        };
        Write(Good("a.mp4"), bad);
        TarListing listing = Read();
        Assert.Contains(sentence, Assert.Single(listing.Problems));
        Assert.Equal([new TarMember("a.mp4", 512, 700)], listing.Members);
    }

    /// <summary>An archive that is cut between two members is sound by each of its headers.</summary>
    [Fact]
    public void An_archive_without_its_end_was_cut_short()
    {
        Write(Good("a.mp4"), Good("b.mp4"));
        TarListing listing = Read();
        Assert.Contains("lacks the end of an archive", Assert.Single(listing.Problems));
        Assert.Equal(["a.mp4", "b.mp4"], listing.Members.Select(member => member.Name));
        Write(Good("a.mp4"), new byte[512]);
        Assert.Empty(Read().Problems);
        Write([]);
        Assert.Contains("empty", Assert.Single(Read().Problems));
    }

    [Theory]
    [InlineData("sparse, old GNU", "stored with holes")]
    [InlineData("sparse, pax", "stored with holes")]
    [InlineData("out of the folder", "'../../b.mp4' leads out of the folder")]
    [InlineData("rooted", "'/etc/b.mp4' leads out of the folder")]
    [InlineData("not UTF-8", "is not UTF-8")]
    public void A_bad_member_is_named_and_the_others_are_listed(string kind, string sentence)
    {
        byte[] bad = kind switch
        {
            "sparse, old GNU" => SparseOldGnu(),
            "sparse, pax" => [.. TarText.Member("x", "22 GNU.sparse.major=1\n"u8, 'x'), .. Good("b.mp4")],
            "out of the folder" => Good("../../b.mp4"),
            "rooted" => Good("/etc/b.mp4"),
            _ => TarText.Member("b.mp4", s_content, change: header => header[0] = 0xFF),
        };
        Write(Good("a.mp4"), bad, Good("c.mp4"), End());
        TarListing listing = Read();
        Assert.Contains(sentence, Assert.Single(listing.Problems));
        Assert.Equal(["a.mp4", "c.mp4"], listing.Members.Select(member => member.Name));
    }

    [Fact]
    public void Mutated_archives_are_sound_or_bad_and_end_nothing()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        string video = TestVideos.Make("in-tar.mp4", "-c:v libx264 -preset ultrafast -g 10", frames: 20);
        byte[] content = File.ReadAllBytes(video);
        byte[] whole =
        [
            .. TarText.Member("x", "17 path=long.mp4\n"u8, 'x'), .. TarText.Member("a.mp4", content), .. TarText.Member("b.mp4", content), .. End(),
        ];
        int[] headers = [0, 512, 1024, 1536 + ((content.Length + 511) / 512 * 512)];
        for (int round = 0; round < 60; round++)
        {
            byte[] mutated = [.. whole];
            int header = headers[random.Next(headers.Length)];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                mutated[header + random.Next(512)] = (byte)random.Next(256);
            }

            if (random.Next(2) == 0 && header != 512)
            {
                TarText.Sum(mutated.AsSpan(header, 512));
            }

            File.WriteAllBytes(_folder.File("x.tar"), mutated);
            try
            {
                TreeFacts facts = TreeDescription.DescribeTree(_folder.FullName, jobs: 1);
                VerifyReport report = new TreeVerification(new VerifyOptions { IsQuick = true, Jobs = 1 }).Run(_folder.FullName);
                Assert.Equal(facts.Bad.Count == 0, report.BadFiles == 0);
                Assert.True(facts.Videos <= 2);
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}, round {round}: {exception}");
            }
        }
    }

    private static byte[] SparseOldGnu()
    {
        // One more block of the map of holes lies between header and contents.
        byte[] member = TarText.Member("b.mp4", s_content, 'S', header =>
        {
            "ustar  \0"u8.CopyTo(header.AsSpan(257));
            header[482] = 1;
        });
        return [.. member[..512], .. new byte[512], .. member[512..]];
    }

    private static byte[] Good(string name) => TarText.Member(name, s_content);

    private static byte[] End() => new byte[1024];

    private void Write(params byte[][] parts) => File.WriteAllBytes(_folder.File("x.tar"), [.. parts.SelectMany(part => part)]);

    private TarListing Read() =>
        TarListing.Read(_folder.File("x.tar"), name => name.EndsWith(".mp4", StringComparison.Ordinal));
}
