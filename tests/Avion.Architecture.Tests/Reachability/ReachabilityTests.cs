using System.Reflection;

namespace Avion.Architecture.Tests;

/// <summary>What is built can be used: every capability is reached from the program, or is a named exception.</summary>
public sealed class ReachabilityTests
{
    // Not Avion.OpCases: what a check alone calls is of no use to anyone.
    private static readonly string[] s_assemblies =
    [
        "Avion.Files", "Avion.Compute", "Avion.Video", "Avion.Telemetry", "Avion.Models", "Avion.Data", "Avion.Training", "Avion.Dashboard", "avion",
    ];

    private static readonly IReadOnlyList<Assembly> s_loaded = [.. s_assemblies.Select(name => Assembly.Load(name))];

    private static readonly ReachableCode s_program = new([s_loaded[^1].EntryPoint!], s_loaded.Contains);

    [Fact]
    public void Every_capability_is_reached_from_the_program_or_is_a_named_exception()
    {
        HashSet<string> allowed = [.. UnreachedCapability.All.Select(exception => exception.Name)];
        string[] unreached = [.. Capability.All(s_loaded).Where(capability => !capability.IsReached(s_program) && !allowed.Contains(capability.Name))
            .Select(capability => capability.Name)];
        Assert.True(unreached.Length == 0, "No recipe or command reaches these; give them a way in, or name them in UnreachedCapability with the "
            + $"reason:\n{string.Join("\n", unreached)}");
    }

    [Fact]
    public void No_exception_outlives_its_reason()
    {
        Dictionary<string, Capability> known = Capability.All(s_loaded).ToDictionary(capability => capability.Name);
        string[] stale = [.. UnreachedCapability.All.Where(exception => !known.TryGetValue(exception.Name, out Capability? capability)
            || capability.IsReached(s_program)).Select(exception => exception.Name)];
        Assert.True(stale.Length == 0, $"These are reached or gone, and need no exception: {string.Join(", ", stale)}");
    }

    [Fact]
    public void The_walk_tells_what_is_reached_from_what_is_not()
    {
        ReachableCode walk = new([typeof(Walked).GetMethod(nameof(Walked.Begin))!], assembly => assembly == typeof(Walked).Assembly);
        Assert.True(walk.Reaches(typeof(Walked).GetMethod(nameof(Walked.CalledByLambda))!));
        Assert.True(walk.Reaches(typeof(Walked.Answer).GetMethod(nameof(Walked.Answer.Give))!));
        Assert.True(walk.Reaches(typeof(Walked.Named).GetMethod(nameof(Walked.Named.Make))!));
        Assert.True(walk.Reaches(typeof(Walked).GetMethod(nameof(Walked.CalledByInitializer))!));
        Assert.False(walk.Reaches(typeof(Walked).GetMethod(nameof(Walked.Forgotten))!));
        Assert.False(walk.Reaches(typeof(Walked.OtherAnswer).GetMethod(nameof(Walked.OtherAnswer.Give))!));
    }

    /// <summary>A little program with a road to some of its methods.</summary>
    internal static class Walked
    {
        internal interface IQuestion
        {
            int Give();
        }

        internal interface IMade<TSelf>
        {
            static abstract TSelf Make();
        }

        public static int Begin()
        {
            IQuestion question = new Answer();
            Func<int> lambda = () => CalledByLambda();
            return lambda() + question.Give() + (question is OtherAnswer ? 1 : 0) + (Generic<Named>() is null ? 1 : 0);
        }

        public static int CalledByLambda() => 1;

        public static int CalledByInitializer() => 5;

        public static int Forgotten() => 2;

        private static T Generic<T>() where T : IMade<T> => T.Make();

        internal sealed class Answer : IQuestion
        {
            private static readonly int s_first = CalledByInitializer();

            public int Give() => 3 + s_first;
        }

        internal sealed class OtherAnswer : IQuestion
        {
            public int Give() => 4;
        }

        internal sealed class Named : IMade<Named>
        {
            public static Named Make() => new();
        }
    }
}
