namespace Avion.App.Tests;

/// <summary>`avion bench search` as a shell sees it: the form of what it prints, not the times.</summary>
public sealed class BenchSearchTests
{
    [Fact]
    public async Task Json_holds_the_ceiling_the_search_and_that_it_is_exact()
    {
        ProcessResult result = await AvionProgram.RunAsync("bench", "search", "--clips", "5000", "--size", "20", "--rounds", "1", "--json");
        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        JsonElement root = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(root.GetProperty("exact").GetBoolean());
        Assert.Equal(5000 * 32 * 2, root.GetProperty("scanned_bytes").GetInt32());
        Assert.Equal(root.GetProperty("read_milliseconds").GetDouble() / root.GetProperty("search_milliseconds").GetDouble(),
            root.GetProperty("share_of_memory").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task The_table_says_what_memory_allows_and_impossible_numbers_are_a_wrong_command_line()
    {
        ProcessResult result = await AvionProgram.RunAsync("bench", "search", "--clips", "3000", "--size", "8", "--rounds", "1");
        Assert.Contains("of what memory allows; the clips are those of a search in double precision", result.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await AvionProgram.RunAsync("bench", "search", "--clips", "0")).ExitCode);
    }
}
