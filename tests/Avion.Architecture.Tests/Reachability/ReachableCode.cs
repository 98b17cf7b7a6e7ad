using System.Reflection;
using System.Reflection.Emit;

namespace Avion.Architecture.Tests;

/// <summary>The methods that a program can come to, read from its compiled instructions.</summary>
/// <remarks>
/// Every method that an instruction of a reached method names is reached. A type is alive when such an instruction makes it, names it as a
/// type argument, or calls a static method of it; overrides and implementations of a live type count as reached (Bacon and Sweeney 1996,
/// "Fast static analysis of C++ virtual function calls"). Tests for a type, as in a pattern, make nothing alive. So the answer errs on the
/// side of "reached": what is said to be unreachable is.
/// </remarks>
internal sealed class ReachableCode
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private readonly HashSet<(Module, int)> _reached = [];
    private readonly HashSet<Type> _alive = [];
    private readonly Stack<MethodBase> _open = new();
    private readonly Func<Assembly, bool> _isFollowed;

    /// <summary>Walks from entry points.</summary>
    /// <param name="entryPoints">Where a program begins.</param>
    /// <param name="isFollowed">Assemblies whose methods are looked into.</param>
    public ReachableCode(IEnumerable<MethodBase> entryPoints, Func<Assembly, bool> isFollowed)
    {
        _isFollowed = isFollowed;
        foreach (MethodBase entry in entryPoints)
        {
            Reach(entry);
        }

        while (_open.TryPop(out MethodBase? method))
        {
            Follow(method);
        }
    }

    /// <summary>Whether the program can come to a method.</summary>
    public bool Reaches(MethodBase method) => _reached.Contains((method.Module, method.MetadataToken));

    /// <summary>Whether the program can come to any method or constructor that a type declares.</summary>
    public bool Reaches(Type type) => type.GetMembers(Declared).OfType<MethodBase>()
        .Any(method => method is not ConstructorInfo { IsStatic: true } && Reaches(method));

    private void Reach(MethodBase method)
    {
        foreach (Type argument in (method.IsGenericMethod ? method.GetGenericArguments() : [])
            .Concat(method.DeclaringType is { IsGenericType: true } generic ? generic.GetGenericArguments() : []))
        {
            Live(argument);
        }

        if (method.DeclaringType is { } declaring && (method.IsConstructor || method.IsStatic))
        {
            Live(declaring);
        }

        if (_isFollowed(method.Module.Assembly) && _reached.Add((method.Module, method.MetadataToken)))
        {
            _open.Push(method.Module.ResolveMethod(method.MetadataToken)!);
        }
    }

    private void Live(Type type)
    {
        if (type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            Live(type.GetElementType()!);
            return;
        }

        foreach (Type argument in type.IsGenericType && !type.IsGenericTypeDefinition ? type.GetGenericArguments() : [])
        {
            Live(argument);
        }

        Type definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (!_isFollowed(definition.Assembly) || !_alive.Add(definition))
        {
            return;
        }

        if (definition.BaseType is { } parent)
        {
            Live(parent);
        }

        HashSet<string> promised = [.. definition.GetInterfaces().SelectMany(contract => contract.GetMethods(Declared | BindingFlags.Public))
            .Select(method => method.Name)];
        foreach (MethodBase method in definition.GetMembers(Declared).OfType<MethodBase>())
        {
            bool isAnswer = method is MethodInfo { IsVirtual: true } || promised.Contains(method.Name.Split('.')[^1]);
            if (isAnswer || method is ConstructorInfo { IsStatic: true })
            {
                Reach(method);
            }
        }
    }

    /// <summary>Reaches everything that the instructions of a method name.</summary>
    private void Follow(MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[] typeArguments = method.DeclaringType is { IsGenericType: true } generic ? generic.GetGenericArguments() : [];
        Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (int at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == 0xFE)
            {
                value = (short)((0xFE << 8) | code[at++]);
            }

            OpCode operation = s_opCodes[value];
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                Name(operation, method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!);
            }

            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private void Name(OpCode operation, MemberInfo member)
    {
        switch (member)
        {
            case MethodBase called:
                Reach(called);
                break;
            case FieldInfo { IsStatic: true, DeclaringType: { } holder }:
                Live(holder);
                break;
            case Type type when operation != OpCodes.Isinst && operation != OpCodes.Castclass:
                Live(type);
                break;
        }
    }
}
