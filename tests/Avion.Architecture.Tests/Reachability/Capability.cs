using System.Reflection;
using System.Text.RegularExpressions;

namespace Avion.Architecture.Tests;

/// <summary>Something that Avion can do, and the types or methods that do it: reached when any of them is.</summary>
/// <param name="Name">Kind and name, such as <c>kernel SigmoidContrastive</c>.</param>
/// <param name="Members">What does it.</param>
internal sealed record Capability(string Name, IReadOnlyList<MemberInfo> Members)
{
    private static readonly Regex s_declaration = new(
        @"^(?:public|internal)?[\w ]*\b(?:class|struct|record|interface) (\w+)", RegexOptions.Multiline);

    /// <summary>Every kernel, tape operation, sampler, crop, annotation reader, tree of videos, model part and model option.</summary>
    public static IReadOnlyList<Capability> All(IReadOnlyList<Assembly> assemblies)
    {
        Assembly compute = Of("Avion.Compute"), data = Of("Avion.Data"), models = Of("Avion.Models");
        return
        [
            .. Directory.GetDirectories(Repository.Path("src", "Avion.Compute", "Kernels")).Order(StringComparer.Ordinal)
                .Select(folder => new Capability($"kernel {Path.GetFileName(folder)}", TypesIn(folder, compute))),
            .. TapeOperations(compute),
            .. Files(data, "sampler", "Sampling"),
            .. Files(data, "crop", "Augmentation"),
            .. Files(data, "annotation reader", "Annotations"),
            .. Files(data, "tree of videos", "Chunks"),
            .. new[] { "Classifier", "DualEncoder", "Layers", "VideoMae" }.SelectMany(folder => Files(models, "model part", folder)),
            .. models.GetTypes().Where(type => type.Name.EndsWith("Config", StringComparison.Ordinal)).SelectMany(Options),
        ];

        Assembly Of(string name) => assemblies.Single(assembly => assembly.GetName().Name == name);
    }

    /// <summary>Whether a program can come to it.</summary>
    public bool IsReached(ReachableCode code) => Members.Any(member => member is Type type ? code.Reaches(type) : code.Reaches((MethodBase)member));

    /// <summary>What a model can be told, by the setters of its configuration.</summary>
    private static IEnumerable<Capability> Options(Type config) => config.GetProperties()
        .Where(property => property.SetMethod is not null && property.DeclaringType == config)
        .Select(property => new Capability($"model option {config.Name}.{property.Name}", [property.SetMethod!]));

    private static IEnumerable<Capability> TapeOperations(Assembly compute) => compute.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Where(method => method.GetParameters() is [{ ParameterType.Name: "Tape" }, ..])
        .GroupBy(method => method.Name).OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => new Capability($"tape operation {group.Key}", [.. group]));

    private static IEnumerable<Capability> Files(Assembly assembly, string kind, string folder) =>
        Directory.GetFiles(Repository.Path("src", assembly.GetName().Name!, folder), "*.cs").Order(StringComparer.Ordinal)
            .Select(path => new Capability($"{kind} {Path.GetFileNameWithoutExtension(path)}", TypesOf([path], assembly)))
            .Where(capability => capability.Members.Count > 0);

    private static IReadOnlyList<MemberInfo> TypesIn(string folder, Assembly assembly) => TypesOf(Directory.GetFiles(folder, "*.cs"), assembly);

    /// <summary>The types with code that files declare; contracts and lists of words have none.</summary>
    private static IReadOnlyList<MemberInfo> TypesOf(IEnumerable<string> paths, Assembly assembly)
    {
        HashSet<string> names = [.. paths.SelectMany(path => s_declaration.Matches(File.ReadAllText(path)).Select(found => found.Groups[1].Value))];
        return [.. assembly.GetTypes().Where(type => !type.IsInterface && !type.IsEnum && !type.IsNested && names.Contains(type.Name.Split('`')[0]))];
    }
}
