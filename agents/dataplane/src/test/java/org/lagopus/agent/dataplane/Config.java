package org.lagopus.agent.dataplane;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.lagopus.component.Edit;
import org.lagopus.component.Path;

/// Records of the configuration as tests write them.
final class Config {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Config() {}

    static Edit put(String path, String json) {
        try {
            return new Edit.Put(
                    Path.parse(path), (ObjectNode) JSON.readTree(json.replace('\'', '"')));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    static Edit remove(String path) {
        return new Edit.Removed(Path.parse(path));
    }

    static String interfacePath(String name) {
        return "/openconfig-interfaces:interfaces/interface[name='" + name + "']";
    }

    static String subPath(String name, int index) {
        return interfacePath(name) + "/subinterfaces/subinterface[index='" + index + "']";
    }

    /// A port on a kernel interface; `more` is JSON for `dataplane/config`.
    static Edit port(String name, String device, String more) {
        return put(
                interfacePath(name),
                "{'name':'%s','config':{'name':'%s','type':'iana-if-type:ethernetCsmacd'},"
                                .formatted(name, name)
                        + "'lagopus-dataplane:dataplane':{'config':"
                        + "{'driver':'af-packet','device':'%s'%s}}}".formatted(device, more));
    }

    static Edit port(String name, String device) {
        return port(name, device, "");
    }

    static Edit sub(String name, int index) {
        return put(
                subPath(name, index), "{'index':%d,'config':{'index':%d}}".formatted(index, index));
    }

    static Edit tagged(String name, int index, int vlan) {
        return put(
                subPath(name, index),
                ("{'index':%d,'config':{'index':%d},'openconfig-vlan:vlan':{'match':"
                                + "{'single-tagged':{'config':{'vlan-id':%d}}}}}")
                        .formatted(index, index, vlan));
    }

    static Edit address(String name, int index, String prefix) {
        var slash = prefix.indexOf('/');
        var ip = prefix.substring(0, slash);
        return put(
                subPath(name, index)
                        + "/lagopus-if-ip:ipv%d/addresses/address[ip='%s']"
                                .formatted(ip.indexOf(':') < 0 ? 4 : 6, ip),
                "{'ip':'%s','config':{'ip':'%s','prefix-length':%s}}"
                        .formatted(ip, ip, prefix.substring(slash + 1)));
    }

    static String instancePath(String name) {
        return "/lagopus-network-instance:network-instances/network-instance[name='" + name + "']";
    }

    static Edit instance(String name, String type) {
        return put(
                instancePath(name),
                "{'name':'%s','config':{'name':'%s','type':'openconfig-network-instance-types:%s'}}"
                        .formatted(name, name, type));
    }

    static String memberPath(String instance, String name) {
        return instancePath(instance) + "/interfaces/interface[id='" + name + "']";
    }

    static Edit member(String instance, String name) {
        return put(
                memberPath(instance, name),
                "{'id':'%s','config':{'id':'%s','interface':'%s'}}".formatted(name, name, name));
    }

    static String protocolPath(String instance) {
        return instancePath(instance)
                + "/protocols/protocol[identifier='openconfig-policy-types:STATIC'][name='static']";
    }

    static Edit staticProtocol(String instance) {
        return put(
                protocolPath(instance),
                "{'identifier':'openconfig-policy-types:STATIC','name':'static','config':{}}");
    }

    static String staticPath(String instance, String prefix) {
        return protocolPath(instance) + "/static-routes/static[prefix='" + prefix + "']";
    }

    static Edit route(String instance, String prefix) {
        return put(
                staticPath(instance, prefix),
                "{'prefix':'%s','config':{'prefix':'%s'}}".formatted(prefix, prefix));
    }

    static Edit hop(String instance, String prefix, String index, String config, String more) {
        return put(
                staticPath(instance, prefix) + "/next-hops/next-hop[index='" + index + "']",
                "{'index':'%s','config':{'index':'%s'%s}%s}".formatted(index, index, config, more));
    }
}
