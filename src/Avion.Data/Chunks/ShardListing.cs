using Avion.Video;

namespace Avion.Data;

/// <summary>What lies in one tar file.</summary>
/// <param name="Path">The tar file.</param>
/// <param name="Name">Its name among the shards: that of the file, or the whole path where another shard has that name.</param>
/// <param name="Videos">Members that are videos, in the order of the file.</param>
/// <param name="Notes">Members that may describe a video: text, class or JSON.</param>
/// <param name="Problems">What is wrong with the file, in sentences without a full stop.</param>
internal sealed record ShardListing(
    string Path, string Name, IReadOnlyList<TarMember> Videos, IReadOnlyList<TarMember> Notes, IReadOnlyList<string> Problems)
{
    /// <summary>Lists shards, several at once, by their headers alone.</summary>
    /// <exception cref="DataException">A shard is missing or cannot be read.</exception>
    public static List<ShardListing> ReadAll(IReadOnlyList<string> paths)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        bool areUnique = paths.All(path => names.Add(System.IO.Path.GetFileName(path)));
        ShardListing[] shards = new ShardListing[paths.Count];
        DataException?[] errors = new DataException?[paths.Count];
        Parallel.For(0, paths.Count, number =>
        {
            try
            {
                shards[number] = Read(paths[number], areUnique ? System.IO.Path.GetFileName(paths[number]) : paths[number]);
            }
            catch (DataException error)
            {
                errors[number] = error;
            }
        });
        return Array.Find(errors, error => error is not null) is { } first ? throw first : [.. shards];
    }

    /// <summary>The name of a whole video: its own, or, where another shard has that too, with the shard's name before it.</summary>
    public string NameOf(in TarMember video, IReadOnlySet<string> repeated) =>
        repeated.Contains(video.Name) ? $"{Name}/{video.Name}" : video.Name;

    private static ShardListing Read(string path, string name)
    {
        try
        {
            TarListing listing = TarListing.Read(path, member => IsVideo(member) || ShardAnnotations.Are(member));
            ILookup<bool, TarMember> members = listing.Members.ToLookup(member => IsVideo(member.Name));
            return new ShardListing(path, name, [.. members[true]], [.. members[false]],
                [.. listing.Problems.Select(problem => $"shard '{path}': {problem}")]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot list the shard '{path}': {error.Message}", error);
        }
    }

    private static bool IsVideo(string name) => VideoNames.IsVideoEnding(System.IO.Path.GetExtension(name.AsSpan()));
}
